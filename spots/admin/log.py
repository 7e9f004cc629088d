"""The log of what moderators did: to read alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from machipoke.admin import KeptAdmin, site
from spots.models import ModerationAction


@admin.register(ModerationAction, site=site)
class ModerationActionAdmin(KeptAdmin):
    list_display = ("created_at", "actor", "verb", "target_kind", "target_id", "before", "after", "reason")
    list_select_related = ("actor",)
    ordering = ("-created_at", "-id")
    sortable_by = ()
    search_fields = ("target_id",)
    search_help_text = _("対象のID")
    fields = ("created_at", "actor", "verb", "target_kind", "target_id", "before", "after", "reason")
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        target = search_term.strip()
        return (queryset.filter(target_id=target) if target else queryset), False

    view_on_site = False  # type: ignore[assignment]
