"""Spots in the admin: found, corrected through `Spot.edit`, hidden and restored with a reason."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import User
from machipoke.admin import site
from machipoke.text import clean
from spots.admin.content import SPOT_VERBS
from spots.admin.verbs import RestoreForm, Verb, VerbAdmin
from spots.models import Spot, StaleVersion
from spots.models.spot import validate_tag_count
from spots.reasons import ReasonForm

if TYPE_CHECKING:
    _SpotForm = forms.ModelForm[Spot]
else:
    _SpotForm = forms.ModelForm

STALE = "ほかの人が先にこのスポットを直しました。ページを開き直して、いまの内容に直してください。"
MAX_SEARCH = 100


class SpotForm(_SpotForm):
    """The version that was read rides along, so that nobody's change is written over unseen."""

    version_read = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version_found = self.instance.version
        self.initial["version_read"] = self.version_found

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("version_read") != self.version_found:
            raise ValidationError(STALE, code="stale")
        if "tags" in cleaned:
            validate_tag_count([tag.name for tag in cleaned["tags"]])
        return cleaned


def _lock(spot: Spot, by: User, form: ReasonForm) -> bool:
    return spot.lock_comments(by, form.said)


def _unlock(spot: Spot, by: User, form: ReasonForm) -> bool:
    return spot.unlock_comments(by, form.said)


class StateFilter(admin.SimpleListFilter):
    """By state; the one nearly all spots have is asked for as not one of the others.

    By its index SQLite would sort 100,000 rows for a page (380 ms); so it walks the newest and skips a few.
    """

    title = "公開の状態"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Spot.State.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.value()
        if state == Spot.State.PUBLISHED:
            return queryset.exclude(state__in=set(Spot.State) - {Spot.State.PUBLISHED})
        return queryset.filter(state=state) if state else queryset


@admin.register(Spot, site=site)
class SpotAdmin(VerbAdmin):
    form: type[Any] = SpotForm
    verbs = (
        *SPOT_VERBS,
        Verb("lock", "コメントを締め切る", "{count}件のコメントを締め切りました。", _lock),
        Verb("unlock", "コメントの締め切りを解く", "{count}件の締め切りを解きました。", _unlock, RestoreForm),
    )
    list_display = ("name", "category", "state", "status", "created_by", "comment_count", "created_at")
    list_select_related = ("category", "created_by")
    list_filter = (StateFilter, "status", "category")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = "名前の一部、@ユーザー名、またはスポットのID"
    autocomplete_fields = ("tags",)
    readonly_fields = (
        *("state", "hidden_reason", "deletion_reason", "comments_locked", "created_by"),
        *("source", "external_id", "licence", "credit", "hidden_gem_score"),
        *("comment_count", "save_count", "version", "created_at", "updated_at", "published_at", "deleted_at"),
    )
    fieldsets = (
        (None, {"fields": ("version_read", "name", "reading", "name_en", "description", "category", "tags")}),
        ("場所", {"fields": ("latitude", "longitude", "address", "municipality_code")}),
        ("案内", {"fields": ("opening_hours", "phone", "website", "status", "comments_locked")}),
        ("公開", {"fields": ("state", "hidden_reason", "deletion_reason", "created_by", "published_at", "deleted_at")}),
        ("出典", {"fields": ("source", "external_id", "licence", "credit", "hidden_gem_score")}),
        ("記録", {"fields": ("comment_count", "save_count", "version", "created_at", "updated_at")}),
    )

    class Media:
        js = ("js/admin.js",)

    def verbs_for(self, request: HttpRequest, row: Any) -> tuple[Verb, ...]:
        """Those that would change this spot. One that its author deleted can be hidden too: it comes back hidden."""
        is_down = row.state in (Spot.State.HIDDEN, Spot.State.DELETED)
        useful = {
            "hide": not is_down or (row.is_deleted_by_author and not row.hidden_reason),
            "restore": is_down,
            "remove": row.state != Spot.State.DELETED,
            "lock": not row.comments_locked,
            "unlock": row.comments_locked,
        }
        return tuple(verb for verb in self.verbs if useful[verb.name])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Spot.objects.visible_to(_moderator(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_editable_by(request.user))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = clean(search_term)[:MAX_SEARCH]
        if words.startswith("@"):
            return queryset.filter(created_by__in=User.objects.named(words[1:])), False
        if id_ := as_id(words):
            return queryset.filter(pk=id_), False
        for word in words.split():
            queryset = queryset.filter(name__contains=word)
        return queryset, False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the model's own verb: the version rises, and a change stored meanwhile is not written over."""
        names = set(form.changed_data) - {"version_read"}
        if not names:
            return
        tags = [tag.name for tag in form.cleaned_data["tags"]] if "tags" in names else None
        changes = {name: form.cleaned_data[name] for name in names - {"tags"}}
        obj.edit(changes, tags, form.cleaned_data["version_read"], by=_moderator(request))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except StaleVersion:  # stored between the form's own comparison and the write
            self.message_user(request, STALE, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


def as_id(word: str) -> uuid.UUID | None:
    """The id that was searched for, where it is one."""
    try:
        return uuid.UUID(word)
    except ValueError:
        return None


def _moderator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
