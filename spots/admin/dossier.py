"""What a moderator reads before deciding on a case: the reports, the target, its author's history, what was done."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Count, Model, Q
from django.urls import reverse

from accounts.models import User
from spots.admin.file import picture_of
from spots.admin.lines import Line, lines_about
from spots.admin.targets import CALLED
from spots.models import Case, Comment, ModerationAction, SavedList, Spot, SpotPhoto
from spots.models.report import author_of

MOST_REPORTS = 100
_TAKEN_DOWN = ("hide", "delete", "restore")
MOST_POSTS = 1000
"""The newest posts of a kind that are counted: nobody decides by the difference beyond."""


class Fared(NamedTuple):
    """How one person's posts of a kind have fared: how many there are, were taken down by moderators, and put back."""

    kind: str
    posted: int
    hidden: int
    removed: int
    restored: int


class History(NamedTuple):
    """What is known of whoever answers for the target."""

    person: User
    posts: list[Fared]
    suspensions: int


def dossier(case: Case, target: Model | None) -> dict[str, Any]:
    """The context of the page of `case`, whose target is None where it is gone or the moderator may not see it."""
    author = author_of(target) if target is not None else None
    return {
        "case": case,
        "reports": list(case.reports.select_related("reporter")[:MOST_REPORTS]),
        "target": target,
        "target_text": _text(target),
        "target_picture": picture_of(target) if isinstance(target, SpotPhoto) else "",
        "target_state": _state(target),
        "target_admin": _admin_url(target),
        "target_page": _page_url(target),
        "history": _history(author) if author else None,
        "lines": _lines(case),
    }


def _text(target: Model | None) -> str:
    """What it says, for deciding without opening it."""
    names = {Spot: "description", Comment: "body", SavedList: "description", User: "bio", SpotPhoto: "alt"}
    return str(getattr(target, names.get(type(target), ""), ""))  # type: ignore[arg-type]


def _state(target: Model | None) -> str:
    if isinstance(target, Spot | Comment | SpotPhoto):
        reason = target.hidden_reason or getattr(target, "deletion_reason", "")
        return f"{target.get_state_display()}（{reason}）" if reason else str(target.get_state_display())
    if isinstance(target, SavedList):
        return str(target.get_visibility_display())
    return "利用停止中" if isinstance(target, User) and target.is_suspended else ""


def _admin_url(target: Model | None) -> str:
    if target is None:
        return ""
    meta = target._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[target.pk])


def _page_url(target: Any) -> str:
    """The public page, in whichever state; a comment's finds it in a long thread."""
    if target is None:
        return ""
    return f"/comments/{target.pk}/" if isinstance(target, Comment) else str(target.get_absolute_url())


def _history(person: User) -> History:
    """Counted from the log: what is deleted or put right afterwards was taken down all the same."""
    once_public = Spot.objects.filter(created_by=person).exclude(state=Spot.State.DRAFT, published_at=None)
    made = (
        ("スポット", "spot", once_public),
        ("コメント", "comment", Comment.objects.filter(author=person)),
        ("写真", "spotphoto", SpotPhoto.objects.filter(uploaded_by=person)),
    )
    ids = {kind: _newest(rows) for _word, kind, rows in made}
    theirs = Q(target_kind="user", target_id=str(person.pk), verb="suspend")
    for kind, pks in ids.items():
        theirs |= Q(target_kind=kind, target_id__in=pks, verb__in=_TAKEN_DOWN)
    lines = ModerationAction.objects.filter(theirs).order_by().values_list("target_kind", "verb")
    # Of a person each suspension counts, of posts how many were taken down.
    counted = lines.annotate(targets=Count("target_id", distinct=True), times=Count("pk"))
    found = {(kind, verb): times if kind == "user" else targets for kind, verb, targets, times in counted}
    posts = [
        Fared(word, len(ids[kind]), *(found.get((kind, verb), 0) for verb in _TAKEN_DOWN)) for word, kind, _rows in made
    ]
    suspensions = found.get(("user", "suspend"), 0)
    return History(person, posts, suspensions)


def _newest(rows: Any) -> list[str]:
    return [str(pk) for pk in rows.order_by("-created_at").values_list("pk", flat=True)[:MOST_POSTS]]


def _lines(case: Case) -> list[Line]:
    """What was done to the target and to the case, the newest first."""
    target_kind = CALLED.get(case.target_kind, case.target_kind)
    about = Q(target_kind=target_kind, target_id=case.target_id) | Q(target_kind="case", target_id=str(case.pk))
    return lines_about(about)
