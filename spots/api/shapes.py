"""What the answers look like, for the schema; the answers themselves are built in `spots.api.documents`."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api import PersonSerializer
from spots.models import Case, Comment, Report, SavedList, Spot

Shape = serializers.Serializer[Any]


class CategoryNameSerializer(Shape):
    """A category beside a spot."""

    slug = serializers.SlugField()
    name = serializers.CharField()


class PlaceSerializer(Shape):
    """A place on earth."""

    latitude = serializers.FloatField(min_value=-90, max_value=90)
    longitude = serializers.FloatField(min_value=-180, max_value=180)


class SrcsetSerializer(Shape):
    """Where each size of a photo is, by its width in pixels."""

    webp = serializers.DictField(child=serializers.URLField())
    jpeg = serializers.DictField(child=serializers.URLField())


class SentPhotoSerializer(Shape):
    """A photo that was sent for a spot, and what the file told of itself, to its sender alone."""

    id = serializers.UUIDField()
    gallery = serializers.UUIDField(help_text="これからできるスポットの id")
    url = serializers.URLField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    placeholder = serializers.CharField(help_text="16×12 の data: アドレス")
    srcset = SrcsetSerializer()
    suggested_place = PlaceSerializer(allow_null=True, help_text="写真にあった場所。どこにも保存しません")
    taken_at = serializers.DateTimeField(allow_null=True, help_text="写真にあった日時。どこにも保存しません")


class PutSerializer(Shape):
    """A request that puts the bytes of a photo."""

    url = serializers.URLField()
    method = serializers.ChoiceField(choices=["PUT"])
    headers = serializers.DictField(child=serializers.CharField(), help_text="このとおりに付けてください")


class PresignedSerializer(Shape):
    """Where a photo can be put, and until when."""

    client_id = serializers.UUIDField(help_text="complete/ の宛先")
    upload = PutSerializer()
    expires_at = serializers.DateTimeField()


class PhotoSerializer(Shape):
    """A photo of a spot."""

    id = serializers.UUIDField()
    url = serializers.URLField()
    width = serializers.IntegerField(help_text="もとの大きさ（ピクセル）")
    height = serializers.IntegerField()
    placeholder = serializers.CharField(help_text="16×12 の data: アドレス")
    caption = serializers.CharField(allow_blank=True)
    alt = serializers.CharField(allow_blank=True, help_text="写真を見られない人への説明")
    is_primary = serializers.BooleanField(help_text="表紙")
    position = serializers.IntegerField()
    state = serializers.ChoiceField(
        choices=["published", "hidden"], help_text="hidden は、書いた人とモデレーターだけに"
    )
    srcset = SrcsetSerializer()


class SpotSerializer(Shape):
    """A spot."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    reading = serializers.CharField(allow_blank=True, help_text="カタカナのよみがな")
    name_en = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    latitude = serializers.FloatField(min_value=-90, max_value=90, help_text="WGS84、小数6桁")
    longitude = serializers.FloatField(min_value=-180, max_value=180)
    category = CategoryNameSerializer()
    tags = serializers.ListField(child=serializers.CharField(), max_length=10)
    address = serializers.CharField(allow_blank=True)
    municipality_code = serializers.CharField(allow_blank=True, help_text="6桁の全国地方公共団体コード")
    opening_hours = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    website = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=Spot.Status.choices)
    state = serializers.ChoiceField(choices=Spot.State.choices)
    hidden_gem_score = serializers.IntegerField(allow_null=True, min_value=0, max_value=100)
    created_by = PersonSerializer(allow_null=True, help_text="退会した人・取り込まれたスポットでは null")
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    licence = serializers.CharField(allow_blank=True)
    credit = serializers.CharField(allow_blank=True)
    photos = PhotoSerializer(many=True, help_text="表紙が先頭")
    comment_count = serializers.IntegerField()
    save_count = serializers.IntegerField()
    version = serializers.IntegerField(help_text="変更のたびに増える番号。ETag の先頭")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    url = serializers.URLField()
    distance_km = serializers.FloatField(required=False, help_text="場所を指定したときだけ")


class CommentSerializer(Shape):
    """A comment; body and author of a deleted one are null."""

    id = serializers.UUIDField()
    spot = serializers.UUIDField()
    parent = serializers.UUIDField(allow_null=True, help_text="返信先")  # type: ignore[assignment]
    author = PersonSerializer(allow_null=True)
    body = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=Comment.State.choices)
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField()


class CategorySerializer(CategoryNameSerializer):
    """A category."""

    name_ja = serializers.CharField()
    name_en = serializers.CharField()
    icon = serializers.CharField(help_text="印の文字")
    colour = serializers.CharField(help_text="色相（度）")
    position = serializers.IntegerField()
    url = serializers.URLField()


class TagSerializer(Shape):
    """A tag and how many public spots carry it."""

    name = serializers.CharField()
    count = serializers.IntegerField()
    url = serializers.URLField()


class ListSerializer(Shape):
    """A saved list."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    visibility = serializers.ChoiceField(choices=SavedList.Visibility.choices)
    owner = PersonSerializer(allow_null=True)
    item_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    url = serializers.URLField()


class ItemSerializer(Shape):
    """A spot in a list, or the placeholder of one that is gone."""

    spot = SpotSerializer(allow_null=True)
    spot_id = serializers.UUIDField(
        allow_null=True, help_text="持ち主には、見られなくなったスポットのものも。行がなくなると null"
    )
    name = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    position = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class ReportSerializer(Shape):
    """A report, as anyone may see it who knows its receipt number."""

    receipt = serializers.CharField(help_text="受付番号")
    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    target = serializers.CharField(allow_null=True, help_text="なくなった利用者では null")
    state = serializers.ChoiceField(choices=Case.State.choices)
    created_at = serializers.DateTimeField()


@extend_schema_field(
    {
        "type": ["object", "null"],
        "required": ["type", "coordinates"],
        "properties": {
            "type": {"type": "string", "enum": ["Point"]},
            "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        },
    }
)
class _PositionField(serializers.DictField):
    """A GeoJSON point: longitude, latitude."""


class FeatureSerializer(Shape):
    """A GeoJSON feature."""

    type = serializers.ChoiceField(choices=["Feature"])
    id = serializers.CharField(required=False)
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4, required=False)
    geometry = _PositionField()
    properties = serializers.DictField()


class FeatureCollectionSerializer(Shape):
    """A GeoJSON feature collection; lists keep `next` and `previous` beside their features."""

    type = serializers.ChoiceField(choices=["FeatureCollection"])
    features = FeatureSerializer(many=True)
    next = serializers.URLField(allow_null=True, required=False)
    previous = serializers.URLField(allow_null=True, required=False)


@cache
def page_of(shape: type[Shape]) -> type[Shape]:
    """The shape of a list of `shape`."""
    members = {
        "__doc__": f"{shape.__doc__} A page of them.",
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": shape(many=True),
    }
    return type(f"{shape.__name__.removesuffix('Serializer')}PageSerializer", (serializers.Serializer,), members)
