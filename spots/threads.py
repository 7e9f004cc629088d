"""What was said under a spot, as one viewer meets it: threads on pages, and what may be done with each comment."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from django.urls import reverse

from accounts.models import moderates
from spots.models import Comment, Spot
from spots.models.comment import CommentQuerySet

PAGE = 50
"""Comments shown under a spot, and on each page of all of them."""

_AUTHOR = tuple(f"author__{name}" for name in ("username", "username_key", "display_name", "is_active", "avatar__key"))
_SHOWN = ("id", "spot", "parent", "body", "state", "hidden_reason", "created_at", "edited_at")


class Said(NamedTuple):
    """A comment, or None where the one stood that these answers are to and that the viewer does not see."""

    comment: Comment | None
    answers: list[Said]
    can_reply: bool = False
    can_edit: bool = False
    can_delete: bool = False
    can_report: bool = False
    can_moderate: bool = False
    reason: str = ""


class Talk:
    """The comments under `spot`, which `viewer` was just shown."""

    def __init__(self, spot: Spot, viewer: Any) -> None:
        self.spot, self.viewer, self.moderates = spot, viewer, moderates(viewer)

    @property
    def takes_comments(self) -> bool:
        """Whether someone may write here at all."""
        return self.spot.is_public and not self.spot.comments_locked

    @property
    def can_write(self) -> bool:
        """Whether the viewer may write here."""
        return self.takes_comments and bool(self.viewer.pk) and bool(self.viewer.may_write)

    def newest(self) -> tuple[list[Said], bool]:
        """The last `PAGE` comments in the order of a thread, and whether there are others before them.

        Nearly every spot has fewer: all of them are then put in order here, which costs half of asking for the order.
        """
        if self.spot.comment_count <= PAGE:
            few = list(self._detailed(self._unordered()).order_by("created_at", "id")[: PAGE + 1])
            if len(few) <= PAGE and (ordered := self._ordered(few)) is not None:
                return self._threads(ordered), False
        rows = list(self._rows().reverse()[: PAGE + 1])
        return self._threads(rows[:PAGE][::-1]), len(rows) > PAGE

    def page(self, number: int) -> tuple[list[Said], bool]:
        """That page of all comments from the oldest on, and whether there is one behind it."""
        start = (number - 1) * PAGE
        rows = list(self._rows()[start : start + PAGE + 1])
        return self._threads(rows[:PAGE]), len(rows) > PAGE

    def url_of(self, comment_id: uuid.UUID) -> str | None:
        """Where the viewer finds that comment; None where nothing of it is shown."""
        ids = list(self._in_order().values_list("pk", flat=True))
        if comment_id not in ids:
            return None
        at = ids.index(comment_id)
        url = reverse("spot", args=[self.spot.pk])
        if len(ids) - at > PAGE:
            url = f"{reverse('comments_all', args=[self.spot.pk])}?page={at // PAGE + 1}"
        return f"{url}#comment-{comment_id}"

    def _ordered(self, rows: list[Comment]) -> list[Comment] | None:
        """What `in_threads` says, of all rows; None where one answers a comment that the viewer does not see."""
        known = {row.pk: row for row in rows}
        if not {row.parent_id for row in rows if row.parent_id} <= set(known):
            return None
        answered = {row.parent_id for row in rows if row.state == Comment.State.PUBLISHED}
        own = self.viewer.pk or 0
        stays = [
            row
            for row in rows
            if row.state != Comment.State.DELETED or row.pk in answered or (row.author_id == own and row.hidden_reason)
        ]
        tops = {row.pk: known[row.parent_id or row.pk] for row in stays}
        return sorted(
            stays,
            key=lambda row: (tops[row.pk].created_at, tops[row.pk].pk, bool(row.parent_id), row.created_at, row.pk),
        )

    def _unordered(self) -> CommentQuerySet:
        return Comment.objects.under(self.spot, self.viewer)

    def _in_order(self) -> CommentQuerySet:
        return self._unordered().in_threads(self.viewer)

    def _rows(self) -> CommentQuerySet:
        return self._detailed(self._in_order())

    def _detailed(self, comments: CommentQuerySet) -> CommentQuerySet:
        return comments.select_related("author__avatar").only(*_SHOWN, *_AUTHOR)

    def _threads(self, rows: list[Comment]) -> list[Said]:
        """Rows in order as threads; a comment whose answers begin a page is shown above them again."""
        tops = {row.pk: row for row in rows if row.parent_id is None}
        beyond = {row.parent_id for row in rows if row.parent_id} - set(tops)
        if beyond:
            tops |= self._rows().order_by().in_bulk(beyond)
        return [
            self._said(tops.get(top_id), [self._said(row) for row in group if row.parent_id])
            for top_id, group in groupby(rows, lambda row: row.parent_id or row.pk)
        ]

    def _said(self, comment: Comment | None, answers: Iterable[Said] = ()) -> Said:
        if comment is None:
            return Said(None, list(answers))
        viewer, is_shown = self.viewer, comment.state == Comment.State.PUBLISHED
        if not viewer.pk:
            can_reply = is_shown and comment.parent_id is None and self.takes_comments
            return Said(comment, list(answers), can_reply=can_reply, can_report=is_shown)
        is_own = comment.author_id == viewer.pk
        return Said(
            comment,
            list(answers),
            can_reply=is_shown and comment.parent_id is None and self.can_write,
            can_edit=comment.is_written_by(viewer) and comment.is_open_to_edits,
            can_delete=comment.is_deletable_by(viewer),
            can_report=is_shown and not is_own,
            can_moderate=self.moderates,
            reason=comment.hidden_reason if is_own or self.moderates else "",
        )
