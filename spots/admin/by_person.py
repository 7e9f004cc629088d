"""What a person made, in the admin: found by who made it, as far as the moderator may see it, and never reworded."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from machipoke.admin import KeptAdmin
from machipoke.text import clean


class ByPersonAdmin(KeptAdmin):
    """Rows of a model with `visible_to`; `person` names the field that holds who made them."""

    person = ""
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        assert isinstance(request.user, User)
        rows: QuerySet[Any] = self.model._default_manager.visible_to(request.user)  # type: ignore[attr-defined]
        return rows

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody rewords what others said; verbs ask `may_apply_verbs`."""
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (f"{self.person}__username_key",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        name = clean(search_term).removeprefix("@")
        return (queryset.filter(**{f"{self.person}__in": User.objects.named(name)}) if name else queryset), False
