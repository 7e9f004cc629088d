"""Tags in the admin: the free words that moderators may correct."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from machipoke.admin import KeptAdmin, site
from machipoke.text import identity
from spots.models import Tag


@admin.register(Tag, site=site)
class TagAdmin(KeptAdmin):
    list_display = ("name",)
    fields = ("name",)
    ordering = ("key",)
    search_fields = ("key",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return queryset.filter(key__startswith=identity(search_term)), False
