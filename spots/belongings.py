"""What this app knows of a person, for a copy: everything they posted, said, kept and reported, and what was decided.

Never what others wrote: of a comment's spot, of a list's items and of a report's target only what the person was shown.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.translation import gettext_noop as _

from accounts.belongings import Belonging, Row, register
from accounts.models import User
from media_store.models import StoredObject
from spots.models import (
    Attachment,
    Comment,
    Draft,
    ModerationAction,
    Report,
    SavedItem,
    SavedList,
    Spot,
    SpotPhoto,
    Tag,
)
from spots.models.spot_file import SpotFile
from spots.open_data.export_table import BYTE_ORDER_MARK
from spots.open_data.values import neutral

_CHUNK = 500


def register_all() -> None:
    register(
        Belonging("spots", _("投稿したスポット（どの状態のものも）"), ("spots.Spot",), _spots, _spot_table),
        Belonging("drafts", _("書きかけの投稿"), ("spots.Draft",), _drafts),
        Belonging("comments", _("書いたコメント"), ("spots.Comment",), _comments, _comment_table),
        Belonging("photos", _("足した写真（どの状態のものも）"), ("spots.SpotPhoto",), _photos, files=_photo_files),
        Belonging("attachments", _("足した添付ファイル"), ("spots.Attachment",), _attachments, files=_attachment_files),
        Belonging("uploads", _("送ったまま、まだ使っていないファイル"), (), _uploads),
        Belonging("lists", _("保存リストとその中身"), ("spots.SavedList",), _lists, _list_table),
        Belonging("reports", _("した通報"), ("spots.Report",), _reports),
        Belonging("decisions", _("モデレーターがあなたの投稿やアカウントにしたこと"), (), _decisions),
        Belonging("moderation", _("モデレーターとしてあなたがしたこと"), ("spots.ModerationAction",), _moderation),
    )


_SPOT = (
    *("name", "reading", "name_en", "description", "latitude", "longitude", "address", "municipality_code"),
    *("opening_hours", "phone", "website", "status", "state", "hidden_reason", "deletion_reason", "source"),
    *("external_id", "licence", "credit", "hidden_gem_score", "comments_locked", "comment_count", "save_count"),
    *("version", "created_at", "updated_at", "published_at", "deleted_at"),
)


def _spots(person: User) -> Iterator[Row]:
    found = Spot.objects.filter(created_by=person).select_related("category").order_by("created_at", "pk")
    tagged = found.prefetch_related(Prefetch("tags", Tag.objects.order_by("name")))
    for spot in tagged.iterator(chunk_size=_CHUNK):
        row = {"id": spot.pk, **{name: getattr(spot, name) for name in _SPOT}}
        yield row | {"category": spot.category.slug, "tags": [tag.name for tag in spot.tags.all()]}


def _drafts(person: User) -> Iterator[Row]:
    for draft in Draft.objects.filter(owner=person).iterator(chunk_size=_CHUNK):
        yield {"id": draft.pk, "fields": dict(draft.fields.lists()), "updated_at": draft.updated_at}


def _comments(person: User) -> Iterator[Row]:
    found = Comment.objects.filter(author=person).select_related("spot").order_by("created_at", "pk")
    names = ("body", "state", "hidden_reason", "created_at", "edited_at", "deleted_at")
    for comment in found.iterator(chunk_size=_CHUNK):
        spot = comment.spot
        name = spot.name if spot.is_public or spot.created_by_id == person.pk else ""
        about = {"id": comment.pk, "spot_id": spot.pk, "spot_name": name, "parent_id": comment.parent_id}
        yield about | {name: getattr(comment, name) for name in names}


_FILE = ("id", "spot_id", "position", "state", "hidden_reason", "created_at", "deleted_at")


def _photos(person: User) -> Iterator[Row]:
    """What was sent of it is kept unread for a while, for us to make the photo anew; it is in no copy."""
    for photo in _files_of(SpotPhoto, person, "image"):
        row = {name: getattr(photo, name) for name in (*_FILE, "caption", "alt", "is_primary", "width", "height")}
        yield row | {"file": _in_copy("photos", photo)}


def _attachments(person: User) -> Iterator[Row]:
    for attachment in _files_of(Attachment, person, "file"):
        row = {name: getattr(attachment, name) for name in (*_FILE, "title", "format")}
        yield row | {"size_bytes": attachment.stored_object.size_bytes, "file": _in_copy("attachments", attachment)}


def _uploads(person: User) -> Iterator[Row]:
    """What no spot holds yet, and what is kept of files as they were sent, until when."""
    names = ("id", "kind", "state", "content_type", "size_bytes", "created_at", "delete_after")
    own = StoredObject.objects.filter(owner_id=person.pk).exclude(state=StoredObject.State.CONDEMNED)
    yield from own.unattached().order_by("created_at", "pk").values(*names).iterator(_CHUNK)


def _photo_files(person: User) -> Iterator[tuple[str, StoredObject]]:
    return _files_in_copy(SpotPhoto, person, "image")


def _attachment_files(person: User) -> Iterator[tuple[str, StoredObject]]:
    return _files_in_copy(Attachment, person, "file")


def _files_of(model: type[SpotFile], person: User, field: str) -> Iterator[Any]:
    found = model.objects.filter(uploaded_by=person).select_related(field).order_by("created_at", "pk")
    return iter(found.iterator(chunk_size=_CHUNK))


def _files_in_copy(model: type[SpotFile], person: User, field: str) -> Iterator[tuple[str, StoredObject]]:
    for file in _files_of(model, person, field):
        if file.stored_object.state == StoredObject.State.READY:
            yield file.stored_object.key.rpartition("/")[2], file.stored_object


def _in_copy(folder: str, file: Any) -> str | None:
    """Where in the copy its file is; None of one that is deleted, whose bytes are about to go."""
    row = file.stored_object
    return f"{folder}/{row.key.rpartition('/')[2]}" if row.state == StoredObject.State.READY else None


def _lists(person: User) -> Iterator[Row]:
    names = ("id", "title", "description", "visibility", "is_default", "created_at", "updated_at")
    for saved in SavedList.objects.filter(owner=person).order_by("created_at", "pk").iterator(chunk_size=_CHUNK):
        items = SavedItem.objects.filter(saved_list=saved).order_by("position", "pk")
        kept = items.values("spot_id", "spot_name", "note", "position", "created_at")
        yield {name: getattr(saved, name) for name in names} | {"items": list(kept)}


def _reports(person: User) -> Iterator[Row]:
    names = ("receipt", "reason", "text", "created_at", "case__target_kind", "case__target_id", "case__state")
    yield from Report.objects.filter(reporter=person).order_by("created_at", "pk").values(*names).iterator(_CHUNK)


_ACTION = ("verb", "target_kind", "target_id", "before", "after", "reason", "created_at")


def _decisions(person: User) -> Iterator[Row]:
    """Without who decided."""
    own = {
        "spot": Spot.objects.filter(created_by=person),
        "comment": Comment.objects.filter(author=person),
        "savedlist": SavedList.objects.filter(owner=person),
        "spotphoto": SpotPhoto.objects.filter(Q(uploaded_by=person) | Q(spot__created_by=person)),
        "attachment": Attachment.objects.filter(Q(uploaded_by=person) | Q(spot__created_by=person)),
    }
    for kind, rows in own.items():
        ids = iter(rows.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=_CHUNK))
        while batch := [str(pk) for pk in islice(ids, _CHUNK)]:
            yield from _actions(Q(target_kind=kind, target_id__in=batch))
    yield from _actions(Q(target_kind="user", target_id=str(person.pk)))


def _moderation(person: User) -> Iterator[Row]:
    return _actions(Q(actor=person))


def _actions(which: Q) -> Iterator[Row]:
    found = ModerationAction.objects.filter(which).order_by("created_at", "pk")
    yield from found.values(*_ACTION).iterator(_CHUNK)


# --- the same as tables, for spreadsheets ---


def _spot_table(person: User) -> Iterator[str]:
    """With the headings of our open data as far as they go, so that `import_spots` reads it."""
    headings = {"名称": "name", "名称_カナ": "reading", "名称_英語": "name_en", "住所": "address"}
    headings |= {"緯度": "latitude", "経度": "longitude", "説明": "description"}
    headings |= {"利用可能日時特記事項": "opening_hours", "連絡先電話番号": "phone", "URL": "website"}
    headings |= {"カテゴリ": "category", "タグ": "tags", "公開の状態": "state", "非表示の理由": "hidden_reason"}
    headings |= {"削除の理由": "deletion_reason", "コメント数": "comment_count", "保存数": "save_count"}
    headings |= {"作成日時": "created_at", "スポットID": "id"}
    rows = (row | {"tags": ";".join(tag.replace(";", "；") for tag in row["tags"])} for row in _spots(person))
    return _table(headings, rows)


def _comment_table(person: User) -> Iterator[str]:
    headings = {"日時": "created_at", "スポット": "spot_name", "本文": "body", "状態": "state"}
    more = {"非表示の理由": "hidden_reason", "スポットID": "spot_id", "返信先のID": "parent_id", "コメントID": "id"}
    return _table(headings | more, _comments(person))


def _list_table(person: User) -> Iterator[str]:
    """A line for each item; an empty list has one too."""
    headings = {
        "リスト": "title",
        "公開範囲": "visibility",
        "順番": "position",
        "スポット": "spot_name",
        "メモ": "note",
    }
    rows = ({**saved, **item} for saved in _lists(person) for item in saved["items"] or [{}])
    return _table(headings | {"スポットID": "spot_id", "リストID": "id"}, rows)


def _table(headings: dict[str, str], rows: Iterable[Row]) -> Iterator[str]:
    """Byte order mark, lines that end in CRLF, no cell that a spreadsheet would execute; a row at a time."""
    buffer = io.StringIO(newline="")
    table = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(BYTE_ORDER_MARK)
    table.writerow(headings)
    for row in rows:
        table.writerow([_cell(row.get(name)) for name in headings.values()])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6f}"
    return "" if value is None else neutral(str(value))
