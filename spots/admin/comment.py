"""Comments in the admin: read and moved, never reworded."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from machipoke.admin import site
from spots.admin.by_person import ByPersonAdmin
from spots.admin.content import CONTENT_VERBS
from spots.admin.verbs import Verb, VerbAdmin
from spots.models import Comment
from spots.models.spot_query import UNDO_PERIOD


@admin.register(Comment, site=site)
class CommentAdmin(ByPersonAdmin, VerbAdmin):
    verbs = CONTENT_VERBS
    person = "author"
    list_display = ("__str__", "author", "spot", "state", "created_at")
    list_select_related = ("author", "spot")
    list_filter = ("state",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    search_help_text = "書いた人のユーザー名"
    fields = ("body", "author", "spot", "parent", "state", "hidden_reason", "created_at", "edited_at", "deleted_at")
    readonly_fields = fields

    def verbs_for(self, request: HttpRequest, row: Any) -> tuple[Verb, ...]:
        """Those that would change this comment; what its author took away is not brought back."""
        useful = {
            "hide": row.state == Comment.State.PUBLISHED,
            "restore": row.state != Comment.State.PUBLISHED and bool(row.hidden_reason),
            "remove": row.state != Comment.State.DELETED,
        }
        return tuple(verb for verb in self.verbs if useful[verb.name])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Words that are deleted stay readable for as long as a deletion can be undone."""
        gone = Q(state=Comment.State.DELETED, deleted_at__lt=timezone.now() - UNDO_PERIOD)
        found: QuerySet[Any] = super().get_queryset(request).exclude(gone)
        return found

    def view_on_site(self, obj: Any) -> str:
        """The address that finds it on whichever page of a long thread it stands."""
        return f"/comments/{obj.pk}/"
