"""Saved lists in the admin: those that others can see, to look at alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest

from accounts.models import User
from machipoke.admin import site
from spots.admin.by_person import ByPersonAdmin
from spots.models import SavedItem, SavedList

if TYPE_CHECKING:
    _TabularInline = admin.TabularInline[SavedItem, SavedList]
    _ItemFormSet = BaseInlineFormSet[SavedItem, SavedList, Any]
else:
    _TabularInline, _ItemFormSet = admin.TabularInline, BaseInlineFormSet

SHOWN_ITEMS = 100
UNNAMED = "公開されていないスポット"


class ShownItems(_ItemFormSet):
    """Items by the name that the reader may know. Only read: the admin draws `str(item)` beside the columns."""

    def get_queryset(self) -> Any:
        items: Any = super().get_queryset()
        for item in items:
            item.spot_name = item.shown_name or UNNAMED
        return items


class ItemInline(_TabularInline):
    """The first items; a list may hold thousands."""

    model = SavedItem
    formset = ShownItems
    fields = ("spot_name", "note", "position")
    readonly_fields = fields
    extra = 0
    max_num = 0
    can_delete = False
    verbose_name_plural = "はじめの100件"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedItem]:
        assert isinstance(request.user, User)
        match = request.resolver_match
        list_id = match.kwargs.get("object_id") if match else None
        first = SavedItem.objects.filter(saved_list=list_id).order_by("position", "id")[:SHOWN_ITEMS]
        shown = SavedItem.objects.named_for(request.user).filter(pk__in=first.values("pk"))
        return shown.order_by("position", "id")


@admin.register(SavedList, site=site)
class SavedListAdmin(ByPersonAdmin):
    person = "owner"
    list_display = ("title", "owner", "visibility", "item_count", "updated_at")
    list_select_related = ("owner",)
    list_filter = ("visibility",)
    date_hierarchy = "created_at"
    ordering = ("-updated_at", "-id")
    search_help_text = "持ち主のユーザー名"
    fields = ("title", "description", "owner", "visibility", "item_count", "created_at", "updated_at")
    readonly_fields = fields
    inlines = (ItemInline,)
