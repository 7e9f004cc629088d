"""Photos and attachments in the admin: looked at, and taken away or shown again with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.text import Truncator

from accounts.models import User
from machipoke.admin import site
from machipoke.text import clean
from media_store.addresses import address
from media_store.templatetags.pictures import shown_size
from spots.admin.by_person import ByPersonAdmin
from spots.admin.content import CONTENT_VERBS
from spots.admin.lines import lines_about
from spots.admin.spot import MAX_SEARCH, as_id
from spots.admin.targets import name_of
from spots.admin.verbs import Verb, VerbAdmin
from spots.models import Attachment, SpotPhoto
from spots.models.photo import THUMBNAIL

LARGE = 640


class FileAdmin(ByPersonAdmin, VerbAdmin):
    """What photos and attachments share: a deleted one is looked at for as long as it can be restored."""

    verbs = CONTENT_VERBS
    person = "uploaded_by"
    list_filter = ("state",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    search_help_text = "足した人のユーザー名、スポットの名前の一部、またはID"
    change_form_template = "admin/file.html"
    object_history_template = "admin/file_history.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = clean(search_term)[:MAX_SEARCH]
        if not words or words.startswith("@"):
            return super().get_search_results(request, queryset, words)
        if id_ := as_id(words):
            return queryset.filter(Q(spot=id_) | Q(pk=id_)), False
        of_spot = Q(*(Q(spot__name__contains=word) for word in words.split()))
        return queryset.filter(of_spot | Q(uploaded_by__in=User.objects.named(words))), False

    def verbs_for(self, request: HttpRequest, row: Any) -> tuple[Verb, ...]:
        """Those that would change this file; what its author took away is not brought back."""
        useful = {
            "hide": row.may_be_hidden,
            "restore": row.may_be_restored,
            "remove": row.state != row.State.DELETED,
        }
        return tuple(verb for verb in self.verbs if useful[verb.name])

    def in_words(self, request: HttpRequest, rows: list[Any]) -> list[str]:
        return [name_of(row) for row in rows]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """With what moderators did to it, and whether its addresses are gone."""
        if file := context.get("original"):
            context["lines"] = lines_about(Q(target_kind=self.opts.model_name, target_id=str(file.pk)))
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(SpotPhoto, site=site)
class PhotoAdmin(FileAdmin):
    list_display = ("picture", "words", "spot", "uploaded_by", "state", "cover", "created_at")
    list_select_related = ("spot", "uploaded_by", "image")
    fields = (
        *("large_picture", "spot", "uploaded_by", "caption", "alt", "cover"),
        *("state", "hidden_reason", "created_at", "deleted_at"),
    )
    readonly_fields = fields

    def in_words(self, request: HttpRequest, rows: list[Any]) -> list[str]:
        """With the picture: most have no words, and a spot has ten."""
        return [format_html("{}{}", picture_of(row), name_of(row)) for row in rows]

    @admin.display(description="写真")
    def picture(self, photo: SpotPhoto) -> str:
        return picture_of(photo)

    @admin.display(description="写真")
    def large_picture(self, photo: SpotPhoto) -> str:
        """Large enough to read a number plate."""
        return picture_of(photo, LARGE)

    @admin.display(description="表紙")
    def cover(self, photo: SpotPhoto) -> str:
        """In words: nothing is wrong with one of ten that is not it."""
        return "表紙" if photo.is_primary else ""

    @admin.display(description="ことば")
    def words(self, photo: SpotPhoto) -> str:
        return Truncator(photo).chars(60)


@admin.register(Attachment, site=site)
class AttachmentAdmin(FileAdmin):
    list_display = ("__str__", "format", "size", "spot", "uploaded_by", "state", "created_at")
    list_select_related = ("spot", "uploaded_by", "file")
    fields = (
        *("title", "download", "format", "size", "spot", "uploaded_by"),
        *("state", "hidden_reason", "created_at", "deleted_at"),
    )
    readonly_fields = fields

    @admin.display(description="ファイル")
    def download(self, attachment: Attachment) -> str:
        """As moderators get it, in every state; the browser saves it and opens nothing."""
        if not attachment.stored_object.is_readable:
            return "もうありません"
        return format_html('<a href="{}">{}</a>', attachment.path, attachment.file_name)

    @admin.display(description="大きさ")
    def size(self, attachment: Attachment) -> str:
        return f"{attachment.stored_object.size_bytes / 1000:,.0f} KB"


def picture_of(photo: SpotPhoto, width: int = THUMBNAIL) -> str:
    """The picture as moderators see it, in every state; of one whose bytes are about to go, what is known of them."""
    row = photo.stored_object
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}" loading="lazy">',
        address(row, width, is_public=photo.is_public) if row.is_readable else photo.placeholder,
        *shown_size(row, min(width, photo.width or width)),
        photo.described(),
    )
