"""What a client may write of a spot: types are checked here, every rule by the model itself."""

from __future__ import annotations

import math
from typing import Any

from rest_framework import serializers

from accounts.models import User
from machipoke.payloads import Changes, Identifier, Several, Text
from spots.api.shapes import SpotSerializer
from spots.models import Category, Spot
from spots.models.photo import MOST_PHOTOS, NewPhoto, gallery_of

MOST_TAG_NAMES = 100
"""Names looked at before the model counts them: it refuses more than ten with its own words."""


class Degrees(serializers.FloatField):
    """A JSON number; a boolean, a numeral in quotes or an infinity is none."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            number = float(data)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.fail("invalid")
        return number


class SpotChanges(Changes):
    """The writable members of a spot."""

    read_only_members = frozenset(SpotSerializer().fields)

    name = Text(help_text="80文字まで")
    reading = Text(required=False, help_text="ひらがな・カタカナ、120文字まで")
    name_en = Text(required=False, help_text="120文字まで")
    description = Text(required=False, help_text="4,000文字まで")
    latitude = Degrees(min_value=-90, max_value=90)
    longitude = Degrees(min_value=-180, max_value=180)
    category = Text(help_text="カテゴリの識別名")
    tags = Several(child=Text(), required=False, max_length=MOST_TAG_NAMES, help_text="名前の一覧、10個まで")
    address = Text(required=False, help_text="200文字まで")
    municipality_code = Text(required=False, help_text="検査数字を含む6桁")
    opening_hours = Text(required=False, help_text="500文字まで")
    phone = Text(required=False, help_text="40文字まで")
    website = Text(required=False, help_text="http か https")
    status = serializers.ChoiceField(choices=Spot.Status.choices, required=False)
    state = serializers.ChoiceField(
        choices=[Spot.State.DRAFT, Spot.State.PUBLISHED], required=False, help_text="下書きか公開"
    )

    def validate_category(self, slug: str) -> Category:
        return Category.objects.of_slug(slug)

    def apply_to(self, spot: Spot, by: User) -> None:
        """Store what `by` asked on `spot`, a row read and locked in this transaction.

        Raises Django's ValidationError with the model's refusals.
        """
        changes: dict[str, Any] = dict(self.validated_data)
        tag_names = changes.pop("tags", None)
        if changes.get("state") == spot.state:
            del changes["state"]
        if changes or tag_names is not None:
            spot.edit(changes, tag_names, by=by)


class SpotPost(SpotChanges):
    """A new spot."""

    photo_ids = Several(
        child=Identifier(),
        required=False,
        max_length=MOST_PHOTOS,
        help_text="先に photos/ へ送った写真の id を、並べる順に。10枚まで、すべて同じ gallery のもの",
    )

    def post(self, author: User) -> Spot:
        """Store a new spot of `author`'s. Raises Django's ValidationError with the model's refusals."""
        members: dict[str, Any] = dict(self.validated_data)
        tag_names, photos = members.pop("tags", []), [NewPhoto(id) for id in members.pop("photo_ids", [])]
        if photos:
            members["id"] = gallery_of(author.pk, [photo.id for photo in photos])
        spot = Spot(created_by=author, **members)
        spot.post(tag_names, photos)
        return spot
