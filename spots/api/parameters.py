"""The query parameters of each endpoint: parsed strictly by forms, described for the schema from the same forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter

from accounts.models import User
from machipoke.endpoints import Parameters
from spots.api.keyset import MOST_PAGE_SIZE, PAGE_SIZE
from spots.filters import MAX_RADIUS_KM, CategoryField, NumberField, SpotFilter

MOST_NEARBY = 100
MOST_ZOOM = 22
"""Deepest level of any tile server in use; a region of it is 10 cm wide."""


_NUMERAL = re.compile(r"-?[0-9]{1,20}")
"""What `int` takes beyond this (1_0, １０, +1, blanks) is a mistake in a URL."""


class WholeField(forms.IntegerField):
    """A whole number in [minimum, maximum]; `default` when it is not given."""

    def __init__(self, minimum: int, maximum: int, default: int | None = None, **kwargs: Any) -> None:
        required = kwargs.pop("required", False)
        super().__init__(min_value=minimum, max_value=maximum, required=required, **kwargs)
        self.default = default

    def clean(self, value: Any) -> Any:
        if value is None:
            return super().clean(value) if self.required else self.default
        if not _NUMERAL.fullmatch(value):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().clean(value)


class InstantField(forms.CharField):
    """An ISO 8601 date or time; without an offset it is UTC, as the times we answer."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            day = parse_date(text)
            instant = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else parse_datetime(text)
            if instant is not None:
                return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValidationError(_("ISO 8601 の日時にしてください（例 2026-04-01T09:00:00Z）。"), code="invalid")


class PersonField(forms.CharField):
    """Someone with an account by their user name, or None."""

    def clean(self, value: Any) -> Any:
        name = super().clean(value)
        if not name:
            return None
        found: User | None = User.objects.visible_to(None).named(name).first()
        if found is None:
            raise ValidationError(_("その利用者はいません。"), code="unknown")
        return found


class PageParameters(Parameters):
    """Which page."""

    cursor = forms.CharField(required=False, max_length=1000, help_text=_("next・previous にあるカーソル"))
    page_size = WholeField(1, MOST_PAGE_SIZE, PAGE_SIZE, help_text=_("1ページの件数（既定 24）"))


class SpotListParameters(SpotFilter):
    """Which spots, and which page of them."""

    created_by = PersonField(required=False, max_length=60, help_text=_("投稿した人のユーザー名"))
    updated_since = InstantField(required=False, max_length=40, help_text=_("この日時以降に直されたもの"))
    cursor = forms.CharField(required=False, max_length=1000, help_text=_("next・previous にあるカーソル"))
    page_size = WholeField(1, MOST_PAGE_SIZE, PAGE_SIZE, help_text=_("1ページの件数（既定 24）"))


class PointParameters(Parameters):
    """A point."""

    lat = NumberField(-90, 90, help_text=_("緯度（必須）"))
    lng = NumberField(-180, 180, help_text=_("経度（必須）"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("lat", "lng"):
            if name not in self.errors and cleaned.get(name) is None:
                self.add_error(name, ValidationError(_("必須です。"), code="required"))
        return cleaned


class LookAlikeParameters(PointParameters):
    """A name, and where the place of that name is."""

    name = forms.CharField(max_length=320, help_text=_("スポットの名前"))


class NearbyParameters(PointParameters):
    """A point, how far around it, how many."""

    radius_km = NumberField(0, MAX_RADIUS_KM, help_text=_("半径 km（既定 5、最大 50）"))
    limit = WholeField(1, MOST_NEARBY, 20, help_text=_("件数（既定 20、最大 100）"))
    category = CategoryField(required=False, max_length=40, help_text=_("カテゴリの識別名"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("radius_km") is None and "radius_km" not in self.errors:
            cleaned["radius_km"] = 5.0
        return cleaned


class ListsParameters(PageParameters):
    """Whose lists, and which page of them."""

    owner = PersonField(required=False, max_length=60, help_text=_("持ち主のユーザー名"))


class ClusterParameters(SpotFilter):
    """The filters of the list, what the map shows, and how close."""

    zoom = WholeField(0, MOST_ZOOM, required=True, help_text=_("地図の縮尺（Web メルカトルの段階）"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("bbox") and "bbox" not in self.errors:
            self.add_error("bbox", ValidationError(_("必須です。"), code="required"))
        return cleaned


class TagParameters(PageParameters):
    """Tags that begin with something."""

    q = forms.CharField(required=False, max_length=30, help_text=_("先頭の文字"))


_DESCRIPTIONS = {
    "q": _("さがす言葉（100文字まで）"),
    "category": _("カテゴリの識別名"),
    "tag": _("タグの名前"),
    "bbox": _("西,南,東,北（度）。西 > 東なら日付変更線をまたぐ"),
    "near": _("緯度,経度。近い順になり、distance_km が付く（1,000件まで）"),
    "radius_km": _("near からの半径 km（最大 50）"),
    "municipality": _("6桁の市区町村コード"),
    "status": _("営業の状態"),
    "sort": _("並び順"),
}


def described(form: type[forms.Form], formats: tuple[str, ...] = (), required: tuple[str, ...] = ()) -> list[Any]:
    """The form's fields as OpenAPI parameters, and `format` where there is a choice."""
    found = [_described(name, field, name in required) for name, field in form.base_fields.items()]
    if formats:
        found.append(OpenApiParameter("format", str, enum=formats, description=str(_("Accept の代わり"))))
    return found


def _described(name: str, field: forms.Field, required: bool) -> OpenApiParameter:
    text = str(field.help_text or _DESCRIPTIONS.get(name, ""))
    return OpenApiParameter(name, _schema_of(field), required=required or field.required, description=text)


def _schema_of(field: forms.Field) -> dict[str, Any]:
    if isinstance(field, WholeField):
        limits = {"minimum": field.min_value, "maximum": field.max_value}
        return {"type": "integer", **limits, **({} if field.default is None else {"default": field.default})}
    if isinstance(field, NumberField):
        return {"type": "number", "minimum": field.minimum, "maximum": field.maximum}
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        # Nothing chosen, as a form sends it, is not chosen.
        unchosen = [] if field.required else [""]
        return {"type": "string", "enum": [value for value, _label in choices if value] + unchosen}
    if not isinstance(field, forms.CharField):
        return {}
    return {"type": "string"} | ({"maxLength": field.max_length} if field.max_length else {})
