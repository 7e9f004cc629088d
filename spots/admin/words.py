"""Categories, to which a superuser may add, and tags: the free words that moderators may correct."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from machipoke.admin import KeptAdmin, site
from machipoke.text import identity
from spots.models import Category, Tag


@admin.register(Category, site=site)
class CategoryAdmin(KeptAdmin):
    list_display = ("name_ja", "name_en", "slug", "icon", "position")
    ordering = ("position", "slug")
    search_fields = ("name_ja",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The slug stays: it is in addresses, in exported files, and in the importer's guesses."""
        return ("slug",) if obj else ()


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
