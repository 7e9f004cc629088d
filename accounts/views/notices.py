"""What moderators did to one's own, the newest first. Opening one is a POST: reading a page changes nothing."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import Notice
from accounts.notices import open_paths
from machipoke.kept import to_sign_in
from machipoke.pages import page

PAGE_SIZE = 30
_PAGE = "/accounts/notices/"


def notices(request: HttpRequest) -> HttpResponse:
    """One page of them; `before` names the one after which it begins."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    own = Notice.objects.visible_to(viewer)
    asked = request.GET.get("before", "")
    found = list((own.before(_one_of(viewer, asked)) if asked else own)[: PAGE_SIZE + 1])
    shown, more = found[:PAGE_SIZE], found[PAGE_SIZE:]
    can_open = open_paths(shown, viewer)
    for notice in shown:
        notice.path = notice.path if notice.path in can_open else ""
    context = {
        "notices": shown,
        "newest": shown[0] if shown else None,
        "older_url": f"?before={shown[-1].pk}" if more else "",
        "is_first": not asked,
        "unread": own.unread().count(),
    }
    return page(request, "account/notices.html", context)


def reading(request: HttpRequest) -> HttpResponse:
    """Read `notice` and go on to what it tells of; or read all up to `until`, the newest that was on the page."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    prefix = "/en" if request.path_info.startswith("/en/") else ""
    own = Notice.objects.visible_to(viewer)
    if until := request.POST.get("until"):
        newest = _one_of(viewer, until)
        (own.filter(pk=newest.pk) | own.before(newest)).mark_read()
        return redirect(f"{prefix}{_PAGE}")
    notice = _one_of(viewer, request.POST.get("notice", ""))
    own.filter(pk=notice.pk).mark_read()
    is_open = notice.path in open_paths([notice], viewer)
    return redirect(f"{prefix}{notice.path if is_open else _PAGE}")


def _one_of(viewer: Any, number: str) -> Notice:
    """The viewer's own notice of that number; raises Http404 for anything else."""
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Http404("no such notice")
    found = Notice.objects.visible_to(viewer).filter(pk=number).first()
    if found is None:
        raise Http404("no such notice")
    return found
