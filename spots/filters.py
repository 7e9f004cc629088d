"""The question "which spots?" as the site and the API ask it: strict parsing once, one QuerySet out of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from spots.areas import area_of
from spots.cells import Box
from spots.models import Category, Spot, SpotQuerySet

MAX_RADIUS_KM = 50.0
MAX_WORDS = 100
"""Characters of a search; CONTRACT's limit for `q`."""

SORTS = {
    "new": ("-published_at", "-id"),
    "gem": ("-hidden_gem_score", "-id"),
    "saved": ("-save_count", "-id"),
}
"""Orders by what the URL calls them; `near` is the fourth and needs a point."""


_NUMERAL = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?([eE]-[0-9]{1,3})?")
"""What `float` takes beyond this (1_0, １０, nan, 1e400, blanks) is a mistake in a URL.

1e-7 is none: programs write a place near the equator or the meridian of Greenwich so.
"""


class Point(NamedTuple):
    """Degrees."""

    latitude: float
    longitude: float


def finite(text: str, minimum: float, maximum: float) -> float:
    """A finite number in [minimum, maximum]; raises ValidationError for anything else, `nan` and `1e999` included."""
    number = float(text) if _NUMERAL.fullmatch(text) else math.nan
    if not math.isfinite(number) or not minimum <= number <= maximum:
        message = _("%(minimum)g から %(maximum)g までの数字にしてください。")
        raise ValidationError(message, code="range", params={"minimum": minimum, "maximum": maximum})
    return number


class PointField(forms.CharField):
    """`lat,lng`."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        parts = text.split(",")
        if len(parts) != 2:
            raise ValidationError(_("緯度,経度 の形にしてください。"), code="invalid")
        return Point(finite(parts[0], -90, 90), finite(parts[1], -180, 180))


class BoxField(forms.CharField):
    """`west,south,east,north`; west > east crosses the antimeridian."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        parts = text.split(",")
        if len(parts) != 4:
            raise ValidationError(_("西,南,東,北 の形にしてください。"), code="invalid")
        west, east = finite(parts[0], -180, 180), finite(parts[2], -180, 180)
        south, north = finite(parts[1], -90, 90), finite(parts[3], -90, 90)
        if south > north:
            raise ValidationError(_("南が北より大きくなっています。"), code="invalid")
        return Box(west, south, east, north)


class NumberField(forms.CharField):
    """A finite number in a range, or None."""

    def __init__(self, minimum: float, maximum: float, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.minimum, self.maximum = minimum, maximum

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return finite(text, self.minimum, self.maximum) if text else None


class CategoryField(forms.CharField):
    """A category by its slug, or None."""

    def clean(self, value: Any) -> Any:
        slug = super().clean(value)
        return Category.objects.of_slug(slug) if slug else None


class SpotFilter(forms.Form):
    """Every question about spots. `unknown()` names the parameters it does not know."""

    q = forms.CharField(required=False, max_length=MAX_WORDS)
    category = CategoryField(required=False, max_length=40)
    tag = forms.CharField(required=False, max_length=120)
    bbox = BoxField(required=False)
    near = PointField(required=False)
    radius_km = NumberField(0, MAX_RADIUS_KM)
    municipality = forms.CharField(required=False, max_length=6)
    status = forms.ChoiceField(required=False, choices=Spot.Status.choices)
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in (*SORTS, "near")])

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)

    def unknown(self, also: frozenset[str] = frozenset()) -> list[str]:
        """Parameters that are neither fields nor in `also`."""
        return [name for name in self.data if name not in self.fields and name not in also]

    def clean_municipality(self) -> str:
        code: str = self.cleaned_data["municipality"]
        if code and area_of(code) is None:
            raise ValidationError(_("その市区町村コードはありません。"), code="unknown")
        return code

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("sort") == "near" and not cleaned.get("near"):
            self.add_error("near", ValidationError(_("近い順には場所（緯度,経度）が必要です。"), code="required"))
        if cleaned.get("sort", "") not in ("", "near") and cleaned.get("near"):
            self.add_error("sort", ValidationError(_("near があるときの並び順は近い順だけです。"), code="conflict"))
        return cleaned

    @property
    def point(self) -> Point | None:
        """Where "near" is; distance then decides the order."""
        near: Point | None = self.cleaned_data["near"]
        return near

    @property
    def reach_km(self) -> float:
        """The radius around `near`; the widest one when none was given."""
        radius = self.cleaned_data["radius_km"]
        return MAX_RADIUS_KM if radius is None else float(radius)

    def queryset(
        self,
        updated_since: datetime | None = None,
        created_by: User | None = None,
        among: SpotQuerySet | None = None,
        for_a_page: bool = True,
    ) -> SpotQuerySet:
        """The spots `among` (default: the listed ones) that answer the question, unordered; `for_a_page` as `in_box`.

        `near` is left to `SpotQuerySet.nearest`.
        """
        asked = self.cleaned_data
        spots = Spot.objects.listed() if among is None else among
        if asked["category"]:
            spots = spots.filter(category=asked["category"])
        if asked["tag"]:
            spots = spots.tagged(asked["tag"])
        if asked["bbox"]:
            spots = spots.in_box(asked["bbox"], for_a_page)
        if asked["municipality"]:
            spots = spots.in_area(asked["municipality"])
        if asked["status"]:
            spots = spots.filter(status=asked["status"])
        if asked["q"]:
            spots = spots.matching(asked["q"])
        if asked["sort"] == "gem":
            spots = spots.filter(hidden_gem_score__isnull=False)
        if updated_since:
            spots = spots.filter(updated_at__gte=updated_since)
        if created_by:
            spots = spots.filter(created_by=created_by)
        return spots

    @property
    def ordering(self) -> tuple[str, ...]:
        """The fields to order by where no point decides."""
        return SORTS.get(self.cleaned_data["sort"], SORTS["new"])
