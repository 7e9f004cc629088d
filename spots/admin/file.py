"""Photos and attachments in the admin: looked at, and taken away or shown again with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator

from machipoke.admin import site
from media_store.addresses import address
from media_store.templatetags.pictures import shown_size
from spots.admin.by_person import ByPersonAdmin
from spots.admin.content import CONTENT_VERBS
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
    search_help_text = "足した人のユーザー名"

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


@admin.register(SpotPhoto, site=site)
class PhotoAdmin(FileAdmin):
    list_display = ("picture", "words", "spot", "uploaded_by", "state", "is_primary", "created_at")
    list_select_related = ("spot", "uploaded_by", "image")
    fields = (
        *("large_picture", "spot", "uploaded_by", "caption", "alt", "is_primary"),
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
