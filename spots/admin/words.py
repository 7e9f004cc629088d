"""Tags in the admin: the free words that moderators may correct."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from machipoke.admin import KeptAdmin, site
from machipoke.text import identity
from spots.models import ModerationAction, Tag


@admin.register(Tag, site=site)
class TagAdmin(KeptAdmin):
    list_display = ("name",)
    fields = ("name",)
    ordering = ("key",)
    search_fields = ("key",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """With a line in the log, which names no words: a tag may be corrected because it told of somebody."""
        before = Tag.objects.get(pk=obj.pk).name
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if obj.name != before:
                assert isinstance(request.user, User)
                ModerationAction.record(request.user, "rename", obj, "", "", "表記の訂正")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return queryset.filter(key__startswith=identity(search_term)), False
