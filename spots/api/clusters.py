"""`spots/clusters/`: what a map shows of the spots in its box, at most 400 marks.

Regions are prefixes of the cell number; the database counts them and Python merges four into one until they are few.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Avg, CharField, Count, F, Max, Min
from django.db.models.functions import Cast
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView
from machipoke.openapi import refused
from media_store.addresses import absolute as absolute_address
from media_store.templatetags.pictures import shown_size
from spots.api.answers import GEOJSON, JSON
from spots.api.documents import Json, absolute
from spots.api.geojson import GeoJSONRenderer
from spots.api.nearness import DEEPEST
from spots.api.parameters import ClusterParameters, described
from spots.api.shapes import FeatureCollectionSerializer
from spots.cells import BITS, Box, split_box
from spots.models import Spot, SpotQuerySet
from spots.nearest import as_uuid, ranked

MOST_FEATURES = 400
MOST_REGIONS = 4096
"""Regions the database is asked for at once; a screen of 60 px cells has some hundred."""

THUMBNAIL = 320
"""Width of the picture in a pin's preview, in pixels; the height follows from 4:3."""

LEVELS_PAST_ZOOM = 2
"""A world of 2^zoom tiles of 256 px has cells of 64 px four times as many to a side."""


class Cluster(NamedTuple):
    """Spots of one region: how many, their middle, the box around them, and the id of one of them."""

    number: int
    latitude: float
    longitude: float
    box: Box
    id: UUID

    def joined(self, other: Cluster) -> Cluster:
        """Both as one."""
        count = self.number + other.number
        latitude = (self.latitude * self.number + other.latitude * other.number) / count
        longitude = (self.longitude * self.number + other.longitude * other.number) / count
        one, two = self.box, other.box
        west, south = min(one.west, two.west), min(one.south, two.south)
        east, north = max(one.east, two.east), max(one.north, two.north)
        return Cluster(count, latitude, longitude, Box(west, south, east, north), self.id)


class ClustersView(ApiView):
    """`spots/clusters/`."""

    renderer_classes = [GeoJSONRenderer, JSONRenderer]
    parameters = ClusterParameters
    form: ClusterParameters

    @extend_schema(
        operation_id="spots_clusters",
        summary="地図のまとまり",
        description="一覧と同じ条件のスポット。近いものは count と bbox のまとまりになります。400件まで。",
        tags=["スポット"],
        parameters=described(ClusterParameters, ("geojson", "json"), required=("bbox",)),
        responses={
            (200, GEOJSON): FeatureCollectionSerializer,
            (200, JSON): FeatureCollectionSerializer,
            **refused(400),
        },
    )
    def get(self, request: Request) -> Response:
        """The spots of the list with the same filters: near ones together as a count, lone ones by name and cover."""
        spots = self.form.queryset(for_a_page=False)
        if self.form.point:
            within = ranked(spots, *self.form.point, self.form.reach_km, DEEPEST)
            spots = spots.filter(pk__in=[as_uuid(one.id) for one in within])
        clusters = clusters_of(spots, self.asked["bbox"], self.asked["zoom"])
        return Response({"type": "FeatureCollection", "features": [*_features(clusters)]})


def clusters_of(spots: SpotQuerySet, box: Box, zoom: int) -> list[Cluster]:
    """At most `MOST_FEATURES` clusters of the spots, all of which lie in `box`, in cells of about 64 px at `zoom`."""
    level = min(BITS, zoom + LEVELS_PAST_ZOOM)
    while _regions(box, level) > MOST_REGIONS:
        level -= 1
    found = dict(_counted(spots, level))
    while len(found) > MOST_FEATURES:
        merged: dict[int, Cluster] = {}
        for prefix, cluster in found.items():
            parent = prefix >> 2
            merged[parent] = merged[parent].joined(cluster) if parent in merged else cluster
        found = merged
    return [found[prefix] for prefix in sorted(found)]


def _regions(box: Box, level: int) -> float:
    """How many regions of that level the box may touch."""
    side = 1 << level
    return sum(
        ((part.east - part.west) / 360 * side + 1) * ((part.north - part.south) / 180 * side + 1)
        for part in split_box(box)
    )


def _counted(spots: SpotQuerySet, level: int) -> Iterable[tuple[int, Cluster]]:
    regions = spots.order_by().values(region=F("cell").bitrightshift(2 * (BITS - level)))
    measured = regions.annotate(
        count=Count("pk"),
        mean_latitude=Avg("latitude"),
        mean_longitude=Avg("longitude"),
        west=Min("longitude"),
        south=Min("latitude"),
        east=Max("longitude"),
        north=Max("latitude"),
        # As text: PostgreSQL before 18 knows no smallest UUID.
        first_id=Min(Cast("pk", CharField())),
    )
    for row in measured:
        box = Box(row["west"], row["south"], row["east"], row["north"])
        middle = (row["mean_latitude"], row["mean_longitude"])
        yield row["region"], Cluster(row["count"], *middle, box, as_uuid(row["first_id"]))


def _features(clusters: list[Cluster]) -> Iterable[Json]:
    lone = [cluster.id for cluster in clusters if cluster.number == 1]
    spots = Spot.objects.listed().select_related("category").with_cover().in_bulk(lone)
    for cluster in clusters:
        if cluster.number > 1:
            yield _feature(cluster.longitude, cluster.latitude, {"count": cluster.number}) | {"bbox": [*cluster.box]}
        elif spot := spots.get(cluster.id):  # or it went away since it was counted
            yield _lone(spot)


def _lone(spot: Spot) -> Json:
    facts: Json = {
        "id": str(spot.pk),
        "name": spot.name,
        "category": spot.category.slug,
        "icon": spot.category.icon,
        "url": absolute(spot.get_absolute_url()),
    }
    if photo := spot.cover_photo:
        width, height = shown_size(photo.image, THUMBNAIL, "4x3")
        url = absolute_address(photo.image, THUMBNAIL, ratio="4x3", is_public=True)
        facts["image"] = {"url": url, "width": width, "height": height, "alt": photo.described()}
    return _feature(spot.longitude, spot.latitude, facts) | {"id": str(spot.pk)}


def _feature(longitude: float, latitude: float, properties: dict[str, Any]) -> Json:
    point = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "geometry": point, "properties": properties}
