"""What every template may use without loading: icons, assets, typed text, times."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any

import regex
from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()

_LINK = regex.compile(r"https?://[^\s<>\"'｡-ﾟ　、。）」】]+", regex.IGNORECASE)
_TRAILING = ".,;:!?)]}&"


def _asset(name: str) -> str:
    """The URL of a static file; kept for the life of the process, except while developing."""
    return _kept_asset(name) if settings.STATICFILES_KEPT else static(name)


@lru_cache(maxsize=256)
def _kept_asset(name: str) -> str:
    return static(name)


@register.simple_tag
def asset(name: str) -> str:
    """`{% asset "css/base.css" %}`: the URL of a static file."""
    return _asset(name)


@register.simple_tag
def icon(name: str) -> SafeString:
    """`{% icon "search" %}`: one stroke drawing of the sprite, hidden from screen readers."""
    return _kept_icon(name) if settings.STATICFILES_KEPT else _icon(name)


@register.simple_tag(takes_context=True)
def form_token(context: Any, renew: bool = False) -> SafeString:
    """`{% form_token %}`: the hidden field that makes a form which is sent twice one; `renew` begins another form.

    And who is writing, so that text kept over a sign-in goes to nobody else.
    """
    request = context.get("request")
    token = "" if renew or request is None else request.POST.get("form_token", "") or context.get("token")
    field = format_html('<input type="hidden" name="form_token" value="{}">', token or uuid.uuid4())
    viewer = context.get("viewer")
    if viewer is None or not viewer.pk:
        return field
    return field + format_html('<input type="hidden" name="writer" value="{}">', viewer.username)


def _icon(name: str) -> SafeString:
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', _asset("img/icons.svg"), name)


_kept_icon = lru_cache(maxsize=64)(_icon)


class _Phrase(template.Node):
    """A translated literal, looked up once per language: catalogues do not change while a process lives."""

    def __init__(self, message: str, name: str | None) -> None:
        self.message, self.name = message, name
        self.kept: dict[str | None, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        language = get_language()
        text = self.kept.get(language)
        if text is None:
            text = self.kept[language] = mark_safe(_(self.message))  # noqa: S308 - a literal of our own templates
        if self.name is None:
            return text
        context[self.name] = text
        return SafeString("")


@register.tag
def trans(parser: template.base.Parser, token: template.base.Token) -> _Phrase:
    """`{% trans "さがす" %}` or `… as name %}`, of a literal: Django's own costs 9 µs each time, 45 times a page."""
    bits = token.split_contents()
    literal = len(bits) in (2, 4) and bits[1][0] == bits[1][-1] in "\"'"
    if not literal or (len(bits) == 4 and bits[2] != "as"):
        raise template.TemplateSyntaxError("trans takes a literal, and perhaps: as name")
    return _Phrase(bits[1][1:-1], bits[3] if len(bits) == 4 else None)


@register.simple_tag
def covers() -> str:
    """The URL of the contour sprite."""
    return _asset("img/covers.svg")


@register.filter
def tagged(message: Any, name: str) -> str:
    """What a one-time message carries under that name in its extra tags: `undo-<id>`, `posted-<token>`."""
    tags = (tag.partition("-") for tag in (message.extra_tags or "").split())
    return next((value for found, _dash, value in tags if found == name), "")


@register.filter
def linked(text: str) -> SafeString:
    """Typed text as HTML: escaped, http(s) addresses as links that pass no credit on."""
    if "://" not in text:
        return escape(text)
    parts: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        url = found[0].rstrip(_TRAILING)
        parts.append(escape(text[end : found.start()]))
        parts.append(format_html('<a href="{0}" rel="nofollow ugc noopener">{0}</a>', url))
        end = found.start() + len(url)
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped above


@register.filter
def ago(moment: datetime) -> str:
    """「3日前」 within a month, the date after that."""
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    if seconds < 60:
        return _("たった今")
    if seconds < 3600:
        return ngettext("%d分前", "%d分前", seconds // 60) % (seconds // 60)
    if seconds < 86400:
        return ngettext("%d時間前", "%d時間前", seconds // 3600) % (seconds // 3600)
    if seconds < 30 * 86400:
        return ngettext("%d日前", "%d日前", seconds // 86400) % (seconds // 86400)
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


@register.filter
def kilometres(distance: float | None) -> str:
    """`350 m` below one kilometre, `1.2 km` above, `35 km` from ten on."""
    if distance is None:
        return ""
    if distance < 0.9995:
        return f"{max(10, round(distance * 100) * 10)} m"
    return f"{distance:.1f} km" if distance < 9.95 else f"{distance:.0f} km"


@register.filter
def decimals(number: Any) -> str:
    """A coordinate as machines read it: a point, never a comma."""
    return f"{float(number):.6f}"
