"""People in the admin: what a moderator may know of them, and what only an operator changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import MODERATORS
from machipoke.admin import KeptAdmin, site
from machipoke.text import clean, identity

if TYPE_CHECKING:
    _GroupAdmin = admin.ModelAdmin[Group]
else:
    _GroupAdmin = admin.ModelAdmin


class PeopleAdmin(KeptAdmin):
    """What every list of people has; spots.admin.people registers it, because its verbs write the moderators' log.

    Passwords, their hashes and single permissions are nowhere: passwords are set by their owner, rights come by groups.
    """

    list_display = ("username", "display_name", "created_at", "suspended_until", "is_active")
    list_filter = ("is_active", "is_staff")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    search_fields = ("username_key",)
    search_help_text = "ユーザー名のはじめ、または表示名の一部"
    filter_horizontal = ("groups",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        public = ("username", "display_name", "bio", "created_at", "suspended_until", "suspended_reason")
        if not request.user.is_superuser:
            return [(None, {"fields": public})]
        return [(None, {"fields": public}), ("権限", {"fields": ("email", "is_active", "is_staff", "groups")})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # The address too: allauth keeps verified ones in its own table, so the old one could still reset the password.
        return ("username", "email", "created_at", "suspended_until", "suspended_reason")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Names and rights are an operator's to change; moderators suspend, which is a verb."""
        return bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if {"is_active", "is_staff"} & set(form.changed_data):
            obj.end_all_sessions()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = clean(search_term).removeprefix("@")
        if not words:
            return queryset, False
        return queryset.filter(Q(username_key__startswith=identity(words)) | Q(display_name__contains=words)), False


@admin.register(Group, site=site)
class GroupAdmin(_GroupAdmin):
    """Groups carry the rights; a superuser's alone."""

    ordering = ("name",)
    search_fields = ("name",)
    filter_horizontal = ("permissions",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Not the moderators' own, which the rules name; and one at a time, never by a list's action."""
        return self.has_module_permission(request) and obj is not None and obj.name != MODERATORS

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return ("name",) if obj is not None and obj.name == MODERATORS else ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            kwargs["queryset"] = db_field.remote_field.model.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)
