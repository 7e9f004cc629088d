"""The site's settings with limits that are never reached, counted by address only where a request asks for it."""

from machipoke.ratelimits import LIMITS
from machipoke.settings import *  # noqa: F403
from machipoke.settings import MIDDLEWARE

LIMITS |= {name: limit._replace(amount=10**9) for name, limit in LIMITS.items()}
MIDDLEWARE[MIDDLEWARE.index("machipoke.ratelimits.RateLimits")] = "benchmarks.counted_if_asked.CountedIfAsked"
