"""Comments in the admin: read and moved, never reworded."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from machipoke.admin import site
from machipoke.text import clean
from spots.admin.content import CONTENT_VERBS
from spots.admin.verbs import VerbAdmin
from spots.models import Comment


@admin.register(Comment, site=site)
class CommentAdmin(VerbAdmin):
    verbs = CONTENT_VERBS
    list_display = ("__str__", "author", "spot", "state", "created_at")
    list_select_related = ("author", "spot")
    list_filter = ("state",)
    ordering = ("-created_at", "-id")
    sortable_by = ()
    search_fields = ("author__username_key",)
    search_help_text = "書いた人のユーザー名"
    fields = ("body", "author", "spot", "parent", "state", "hidden_reason", "created_at", "edited_at", "deleted_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        assert isinstance(request.user, User)
        return Comment.objects.visible_to(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody rewords what others said; the verbs ask `may_apply_verbs`."""
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        name = clean(search_term).removeprefix("@")
        return (queryset.filter(author__in=User.objects.named(name)) if name else queryset), False
