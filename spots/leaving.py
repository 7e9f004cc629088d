"""What becomes of spots, comments and reports when their author leaves; drafts and lists go with the account's row."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.leaving import silence_log
from accounts.models import User
from spots.models import Attachment, Comment, Draft, Report, SavedList, Spot, SpotPhoto, Tag

_BATCH = 200
"""Spots deleted at a time: Django holds all their comments in memory."""


def erase_posts(person: User, keeps_posts: bool) -> None:
    """Take the person out of everything they posted; of what they leave others see 退会した人.

    What was never public, or was deleted, goes in either case: nobody could see it or bring it back any more.
    """
    spots, comments = Spot.objects.filter(created_by=person), Comment.objects.filter(author=person)
    stays = Q(state__in=[Spot.State.PUBLISHED, Spot.State.PENDING, Spot.State.HIDDEN]) & ~Q(state_before="draft")
    _remove_spots(spots.exclude(stays) if keeps_posts else spots)
    _remove_comments(comments.filter(state=Comment.State.DELETED) if keeps_posts else comments)
    for model in (SpotPhoto, Attachment):
        files = model.objects.filter(uploaded_by=person)
        _remove_files(files.filter(state="deleted") if keeps_posts else files)
    # A new version: clients that have the old one would be told that nothing changed.
    spots.update(created_by=None, version=F("version") + 1, updated_at=timezone.now())
    comments.update(author=None)
    # What moderators decided about it stays; the words may name whoever wrote them.
    Report.objects.filter(reporter=person).update(reporter=None, text="")
    silence_log(Draft, Draft.objects.filter(owner=person).values_list("pk", flat=True))
    silence_log(SavedList, SavedList.objects.filter(owner=person).values_list("pk", flat=True))


def _remove_spots(spots: QuerySet[Spot]) -> None:
    """With everything said there; in others' lists a placeholder with the name stays."""
    ids = list(spots.values_list("pk", flat=True))
    tags = Tag.objects.filter(spots__in=spots)
    tag_ids = set(tags.values_list("pk", flat=True))
    for batch in _batches(ids):
        silence_log(Spot, batch)
        silence_log(Comment, Comment.objects.filter(spot__in=batch).values_list("pk", flat=True))
        for model in (SpotPhoto, Attachment):
            _remove_files(model.objects.filter(spot__in=batch))
        Spot.objects.filter(pk__in=batch).delete()
    # A word that nobody else uses was theirs.
    unused = Tag.objects.filter(pk__in=tag_ids).exclude(Exists(Spot.tags.through.objects.filter(tag=OuterRef("pk"))))
    unused.delete()


def _remove_files(files: QuerySet[Any]) -> None:
    """Photos or attachments, their bytes with the next sweep; where a cover went, the next photo is it."""
    for file in files.select_related("spot"):
        silence_log(type(file), [file.pk])
        file.remove()


def _batches(ids: list[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _remove_comments(comments: QuerySet[Comment]) -> None:
    """Where somebody else answered, a deleted comment without words and writer stays as the answers' place."""
    ids = list(comments.select_for_update().values_list("pk", flat=True))
    published = comments.filter(state=Comment.State.PUBLISHED).order_by()
    counts = dict(published.values_list("spot").annotate(Count("pk")))
    silence_log(Comment, ids)
    others = Comment.objects.filter(parent=OuterRef("pk")).exclude(pk__in=ids)
    answered = list(comments.filter(Exists(others)).values_list("pk", flat=True))
    empty = {"body": "", "hidden_reason": "", "edited_at": None, "author": None}
    Comment.objects.filter(pk__in=answered).update(state=Comment.State.DELETED, deleted_at=timezone.now(), **empty)
    for batch in _batches(sorted(set(ids) - set(answered))):
        Comment.objects.filter(pk__in=batch).delete()
    for spot_id, count in counts.items():
        Spot.objects.filter(pk=spot_id).update(comment_count=F("comment_count") - count)
