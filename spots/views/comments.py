"""Saying something about a spot, correcting it within half an hour, and taking it away."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import moderates
from machipoke.idempotency import KeyReused
from machipoke.kept import taken, to_sign_in
from machipoke.pages import page
from machipoke.ratelimits import spend
from machipoke.versions import Stale
from spots.comment_forms import CommentEditForm, CommentForm
from spots.models import Comment, Spot
from spots.paging import page_number, pager
from spots.reasons import ReasonForm
from spots.threads import Talk
from spots.views.tokens import once_per_form

MOST_THREAD_PAGES = 2000
"""100,000 comments under one spot."""


def everything(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """All comments under a spot, page by page from the oldest on."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    spot = get_object_or_404(Spot.objects.visible_to(viewer).select_related("category"), pk=pk)
    talk, number = Talk(spot, viewer), page_number(request, MOST_THREAD_PAGES)
    threads, has_next = talk.page(number)
    if not threads and number > 1:
        raise Http404("past the end")
    around = pager(request, number, has_next, MOST_THREAD_PAGES)
    context = {"spot": spot, "talk": talk, "threads": threads, "pager": around}
    response = page(request, "spots/comments_all.html", context)
    if not spot.is_public:
        response["Cache-Control"] = "private, no-store"
    return response


def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a reader to where the comment stands."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    comment = get_object_or_404(Comment.objects.visible_to(viewer).select_related("spot"), pk=pk)
    url = Talk(comment.spot, viewer).url_of(comment.pk)
    if url is None:
        raise Http404("nothing of it is shown")
    return redirect(url)


def write(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Comment on a spot or reply; a signed-out visitor signs in first and comes back to what was typed."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    spot = get_object_or_404(Spot.objects.visible_to(viewer).select_related("category"), pk=pk)
    if not viewer.pk:
        return to_sign_in(request)
    if not viewer.may_write:
        raise PermissionDenied
    talk = Talk(spot, viewer)
    if request.method != "POST":
        return _writing_page(request, talk, CommentForm(spot, viewer, initial=_begun(request, talk)))
    form = CommentForm(spot, viewer, request.POST)
    if not form.is_valid():
        return _writing_page(request, talk, form, status=400)
    try:
        return redirect(once_per_form(request, lambda: _post(request, talk, form.instance)))
    except ValidationError as error:
        form.add_error(None, error)
        return _writing_page(request, talk, form, status=400)
    except KeyReused as reused:
        return _writing_page(request, talk, form, status=409, said_before=reused.answer.headers["Location"], renew=True)


def _post(request: HttpRequest, talk: Talk, comment: Comment) -> str:
    spend(request, "comment", comment.author_id)
    comment.post()
    return talk.url_of(comment.pk) or reverse("spot", args=[talk.spot.pk])


def _begun(request: HttpRequest, talk: Talk) -> dict[str, Any]:
    """What a new form begins with: text kept over a sign-in, and what it answers."""
    if kept := taken(request):
        messages.info(request, _("書いた内容は残っています。確かめて、もう一度送ってください。"))
        return dict(kept.items())
    asked = request.GET.get("parent")
    if asked and _answered(talk, asked) is None:
        raise Http404("no such comment")
    return {"parent": asked}


def _answered(talk: Talk, comment_id: Any) -> Comment | None:
    """The comment that a reply is to, where it can be answered."""
    try:
        pk = uuid.UUID(str(comment_id))
    except ValueError:
        return None
    tops = Comment.objects.under(talk.spot, talk.viewer).published().filter(parent=None)
    return tops.select_related("author__avatar").filter(pk=pk).first()


def _writing_page(request: HttpRequest, talk: Talk, form: CommentForm, status: int = 200, **more: Any) -> HttpResponse:
    parent = None if form.is_bound and form["parent"].errors else _answered(talk, form["parent"].value())
    form.fields["body"].label = _("返信") if parent else pgettext("one", "コメント")
    context = {"spot": talk.spot, "talk": talk, "form": form, "parent": parent}
    return page(request, "spots/comment_write.html", context | more, status=status)


def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Correct one's own comment. Not visible is 404; visible but someone else's is 403."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    comment = _comment_or_404(viewer, pk)
    if not viewer.pk:
        return to_sign_in(request)
    if not comment.is_written_by(viewer) or comment.state == Comment.State.DELETED:
        raise PermissionDenied
    if request.method != "POST":
        if not comment.is_open_to_edits:
            messages.error(request, _("コメントを直せるのは書いてから30分までです。"))
            return redirect("comment", pk=pk)
        return _edit_page(request, comment, CommentEditForm(comment, initial=dict((taken(request) or {}).items())))
    form = CommentEditForm(comment, request.POST)
    if not form.is_valid():
        return _edit_page(request, comment, form, status=400)
    try:
        comment.edit(form.cleaned_data["body"], form.cleaned_data["version"])
    except ValidationError as error:
        form.add_error(None, error)
        return _edit_page(request, comment, form, status=400)
    except Stale as stale:
        return _both_texts(request, stale.current)
    messages.success(request, _("直しました。"))
    return redirect(Talk(comment.spot, viewer).url_of(pk) or reverse("spot", args=[comment.spot_id]))


def _both_texts(request: HttpRequest, current: Comment) -> HttpResponse:
    """Another window stored first: both texts, and the form with what was typed on top of the stored one."""
    theirs, data = current.body, request.POST.copy()
    data["version"] = current.version
    return _edit_page(request, current, CommentEditForm(current, data), status=409, theirs=theirs)


def _edit_page(
    request: HttpRequest, comment: Comment, form: CommentEditForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"comment": comment, "spot": comment.spot, "form": form}
    return page(request, "spots/comment_edit.html", context | more, status=status)


def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then leave a trace where the comment was; a moderator gives its author a reason."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    comment = _comment_or_404(viewer, pk)
    if not viewer.pk:
        return to_sign_in(request)
    is_own = comment.is_written_by(viewer)
    if not (is_own or moderates(viewer)):
        raise PermissionDenied
    back = f"{reverse('spot', args=[comment.spot_id])}#comments"
    if comment.state == Comment.State.DELETED:  # sent twice
        return redirect(back)
    form = None if is_own else ReasonForm(request.POST if request.method == "POST" else taken(request))
    if request.method != "POST" or (form is not None and not form.is_valid()):
        context = {"comment": comment, "spot": comment.spot, "form": form}
        return page(request, "spots/comment_delete.html", context, status=400 if request.method == "POST" else 200)
    comment.delete_softly(viewer, "" if form is None else form.said)
    messages.success(request, _("コメントを削除しました。"))
    return redirect(back)


def _comment_or_404(viewer: Any, pk: uuid.UUID) -> Comment:
    comments = Comment.objects.visible_to(viewer).select_related("spot", "author__avatar")
    return get_object_or_404(comments, pk=pk)
