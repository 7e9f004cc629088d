"""The site's settings with one more page, which does nothing: what every answer costs before its own work begins."""

from machipoke.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.page_urls"
RATELIMIT_ENABLE = False  # the one client asks for more pages a minute than any address may
