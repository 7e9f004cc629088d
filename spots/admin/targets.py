"""What lines of the log are about, by the names that their reader may know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import F, Model, Value
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from machipoke.admin import site
from spots.models import Attachment, Case, Category, Comment, SavedList, Spot, SpotPhoto, Tag
from spots.models.spot_file import SpotFile

GONE = "なくなったか、見られない対象"
_MODELS: dict[str, type[Model]] = {
    "spot": Spot,
    "comment": Comment,
    "user": User,
    "savedlist": SavedList,
    "spotphoto": SpotPhoto,
    "attachment": Attachment,
}
CALLED = {"list": "savedlist", "photo": "spotphoto"}
"""What a report calls otherwise than the log."""

_SMALL: dict[str, tuple[type[Model], Any, Any]] = {
    "case": (Case, F("target_kind"), F("target_id")),
    "category": (Category, F("name_ja"), Value("")),
    "tag": (Tag, F("name"), Value("")),
}
"""Kinds of which two columns are all that is wanted: one question for the three."""

_Key = tuple[str, str]
_Wanted = defaultdict[str, set[str]]


class Named(NamedTuple):
    """The name of a row and its page in the admin; without a page, it is gone or not for this reader."""

    name: str
    url: str = ""


def name_targets(lines: Iterable[Any], request: HttpRequest) -> None:
    """Give each line its `target`: at most seven queries, however many lines."""
    lines = list(lines)
    wanted: _Wanted = defaultdict(set)
    for line in lines:
        wanted[line.target_kind].add(line.target_id)
    names, reported = _small(wanted, request)
    for kind, id_ in reported.values():  # a case is called by what it is about
        wanted[kind].add(id_)
    for kind, model in _MODELS.items():
        names |= {(kind, str(row.pk)): name_of(row) for row in _rows(model, wanted[kind], request)}
    names |= {case: names.get(about) or _gone(about[1]) for case, about in reported.items()}
    for line in lines:
        line.target = _named(line.target_kind, line.target_id, names)


def _rows(model: type[Model], ids: set[str], request: HttpRequest) -> Any:
    """As the admin of that kind shows them: a name is read here by whoever may open the row's page there."""
    model_admin = site.get_model_admin(model)
    if not ids or not model_admin.has_view_permission(request):
        return model._default_manager.none()
    rows = model_admin.get_queryset(request).filter(pk__in=ids)
    return rows.select_related("spot") if issubclass(model, SpotFile) else rows


def name_of(row: Model) -> str:
    """What moderators call a row: a file by its spot, and by its own words where it has some."""
    if not isinstance(row, SpotFile):
        return str(row)
    words = (row.caption or row.alt) if isinstance(row, SpotPhoto) else str(row)
    return f"{row.spot}（{words}）" if words else str(row.spot)


def _small(wanted: _Wanted, request: HttpRequest) -> tuple[dict[_Key, str], dict[_Key, _Key]]:
    """The names of categories and tags, and what the cases are about."""
    parts = [
        _rows(model, wanted[kind], request).order_by().values_list(Value(kind), "pk", *columns)
        for kind, (model, *columns) in _SMALL.items()
    ]
    names: dict[_Key, str] = {}
    reported: dict[_Key, _Key] = {}
    for kind, pk, first, second in parts[0].union(*parts[1:], all=True):
        if kind == "case":
            reported[kind, str(pk)] = (CALLED.get(first, first), second)
        else:
            names[kind, str(pk)] = first
    return names, reported


def _named(kind: str, id_: str, names: dict[_Key, str]) -> Named:
    if (kind, id_) not in names:
        return Named(_gone(id_))
    meta = (_MODELS.get(kind) or _SMALL[kind][0])._meta
    return Named(names[kind, id_], reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[id_]))


def _gone(id_: str) -> str:
    return f"{GONE}（{id_}）"
