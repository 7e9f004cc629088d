"""How often: one table for pages and API, counted in one step in the key/value store, and what happens without it.

A window is fixed and begins at a moment of its own for each key, so that across its edge at most twice the amount
passes in one window's length; the two limits of signing in (by account and by address) bound what that is worth.
"""

from __future__ import annotations

import ipaddress
import math
from hashlib import sha256
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_ratelimit.core import get_usage


class Limit(NamedTuple):
    """At most `amount` in `seconds`, for each `per`.

    With the key/value store away, `is_open` lets everybody through; else this process counts for itself.
    """

    amount: int
    seconds: int
    per: str
    is_open: bool = False


LIMITS = {
    "read": Limit(300, 60, "address", is_open=True),
    "api": Limit(600, 60, "token", is_open=True),
    "login": Limit(5, 5 * 60, "account"),
    "login_address": Limit(25, 5 * 60, "address"),
    "again": Limit(5, 5 * 60, "user"),
    "signup": Limit(5, 30 * 60, "address"),
    "reset": Limit(5, 3600, "account"),
    "reset_address": Limit(20, 3600, "address"),
    "letter": Limit(6, 3600, "e-mail address"),
    "letter_pause": Limit(1, 10, "e-mail address"),
    "code": Limit(3, 3600, "letter"),
    "kept": Limit(60, 10 * 60, "address"),
    "spot": Limit(20, 3600, "user"),
    "comment": Limit(30, 10 * 60, "user"),
    "photo": Limit(60, 3600, "user"),
    "report": Limit(10, 3600, "address"),
    "suggest": Limit(120, 60, "address", is_open=True),
    "image": Limit(120, 60, "address"),
    "image_asked": Limit(3000, 60, "address", is_open=True),
}
"""Every limit of the site; docs/security.md shows the same table."""

GIVEN_BACK = {"login", "login_address", "again"}
"""Where an attempt that succeeds is not counted: the owner of five devices is no attacker."""

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - a value, bound to nothing
"""Of whoever comes by a unix socket or through a proxy that names none; they share what one address may do."""

_MOST_COUNTED = 100_000
_here = LocMemCache("machipoke-limits", {"OPTIONS": {"MAX_ENTRIES": _MOST_COUNTED}})
"""Where this process counts while the store is away."""


class Usage(NamedTuple):
    """How much of a limit is used: `remaining` of `limit`, and the seconds until all of it is there again."""

    limit: int
    remaining: int
    reset_seconds: int
    is_allowed: bool


class TooMany(Exception):
    """A limit is used up; `usage` says until when."""

    def __init__(self, usage: Usage) -> None:
        super().__init__("too many requests")
        self.usage = usage


def spend(request: Any, name: str, who: Any) -> Usage:
    """Count one use of the limit `name` by `who`; raises TooMany where there is none left.

    `request`, Django's or DRF's, carries the usage to the answer's headers.
    """
    usage = consume(name, who)
    _plain(request).limit_usage = usage
    if not usage.is_allowed:
        raise TooMany(usage)
    return usage


def consume(name: str, who: Any) -> Usage:
    """Count one use of the limit `name` by `who`, and tell whether it was still allowed."""
    limit = LIMITS[name]
    counted = _counted(name, limit, str(who), True)
    if counted is None:
        return _without_store(name, limit, str(who))
    count, seconds_left = counted
    if name in GIVEN_BACK:
        given = _counted(f"{name} given back", limit, str(who), False)
        count -= given[0] if given else 0
    return _usage(limit.amount, limit, count, seconds_left)


def give_back(name: str, who: Any) -> None:
    """What was spent last did no harm, and is not counted; for the limits in `GIVEN_BACK` alone."""
    limit = LIMITS[name]
    if _counted(f"{name} given back", limit, str(who), True) is None and _here.get(_key_here(name, str(who))):
        _here.decr(_key_here(name, str(who)))


def _counted(group: str, limit: Limit, who: str, increment: bool) -> tuple[int, int] | None:
    """The count and the seconds left of the window; None where the store does not answer."""
    found = get_usage(
        None,
        group,
        key=lambda _group, _request: f" {who}",  # the library joins its parts without anything between
        rate=(limit.amount, limit.seconds),
        increment=increment,
    )
    if found is None:  # RATELIMIT_ENABLE is off
        return 0, limit.seconds
    return None if found["time_left"] < 0 else (found["count"], found["time_left"])


def _without_store(name: str, limit: Limit, who: str) -> Usage:
    """Reads go on; what can be abused is counted here, in each process for its share."""
    if limit.is_open:
        return Usage(limit.amount, limit.amount, limit.seconds, True)
    share = math.ceil(limit.amount / settings.WEB_WORKERS)
    key = _key_here(name, who)
    _here.add(key, 0, limit.seconds)
    try:
        count = _here.incr(key)
    except ValueError:  # its window ended in between
        _here.set(key, 1, limit.seconds)
        count = 1
    return _usage(share, limit, count, limit.seconds)


def _key_here(name: str, who: str) -> str:
    return sha256(f"{name} {who}".encode()).hexdigest()  # Django warns of keys that another cache would refuse


def _usage(amount: int, limit: Limit, count: int, seconds_left: int) -> Usage:
    return Usage(amount, max(0, amount - count), max(1, min(seconds_left, limit.seconds)), count <= amount)


def address_of(request: Any) -> str:
    """Whom a limit by address counts: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return UNKNOWN_ADDRESS
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def headers(usage: Usage) -> dict[str, str]:
    """The answer's headers; `Retry-After` where nothing is left to this request."""
    told = {
        "RateLimit-Limit": str(usage.limit),
        "RateLimit-Remaining": str(usage.remaining),
        "RateLimit-Reset": str(usage.reset_seconds),
    }
    return told if usage.is_allowed else told | {"Retry-After": str(usage.reset_seconds)}


class RateLimits:
    """Middleware: counts reads by address, and tells on every counted answer what is left.

    A request with a token is counted by its token (machipoke.endpoints), but by its address where the token is none, or
    nobody looked at it: a header alone makes no address of the site free.
    """

    UNCOUNTED = ("/healthz", "/readyz", "/metrics")
    """Asked by machines of the operator."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        by_token = request.path_info.startswith("/api/") and _names_token(request)
        is_read = request.method in ("GET", "HEAD") and request.path_info not in self.UNCOUNTED
        refusal = self._refusal(request) if is_read and not by_token else None
        response: HttpResponseBase = refusal or self.get_response(request)
        if by_token and (response.status_code == 401 or not hasattr(request, "limit_usage")):
            response = self._refusal(request) or response
        if usage := getattr(request, "limit_usage", None):
            for name, value in headers(usage).items():
                response[name] = value
        return response

    def _refusal(self, request: HttpRequest) -> HttpResponseBase | None:
        try:
            spend(request, "read", address_of(request))
        except TooMany as error:
            return self.process_exception(request, error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """429, with what a form carried on the page."""
        if not isinstance(error, TooMany):
            return None
        from machipoke.pages import too_many

        return too_many(request, error)


def _names_token(request: HttpRequest) -> bool:
    return bool(request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("token"))


def _plain(request: Any) -> Any:
    """Django's own request, which the middleware sees."""
    return getattr(request, "_request", request)
