"""robots.txt, the web app's manifest, security.txt."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from machipoke.pages import SITE_NAME
from machipoke.templatetags.pages import asset

_DISALLOWED = ("/accounts/", "/admin/", "/api/", "/spots/new/", "/spots/?", "/en/accounts/", "/en/spots/?")


def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read but the endless combinations of search."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in _DISALLOWED),
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def manifest(request: HttpRequest) -> JsonResponse:
    """The name, the colours and the stamp for a home screen."""
    body = {
        "name": SITE_NAME,
        "short_name": SITE_NAME,
        "lang": "ja",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#faf8f3",
        "theme_color": "#faf8f3",
        "icons": [{"src": asset("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(body, content_type="application/manifest+json")


def security(request: HttpRequest) -> HttpResponse:
    """Where to tell of a weakness (RFC 9116); valid for a year from today."""
    expires = (timezone.now() + timedelta(days=365)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [
        f"Contact: {settings.SITE_URL}/about/#contact",
        f"Expires: {expires}",
        "Preferred-Languages: ja, en",
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
