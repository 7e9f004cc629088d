"""The same answers as GeoJSON (RFC 7946): positions are longitude, latitude; the other members become properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import JSONRenderer

Json = dict[str, Any]


class GeoJSONRenderer(JSONRenderer):
    """A spot as a Feature, a list as a FeatureCollection; what already is GeoJSON stays as it is."""

    media_type = "application/geo+json"
    format = "geojson"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if isinstance(data, Mapping) and "type" not in data:
            data = as_collection(data) if "results" in data else as_feature(data)
        body: bytes = super().render(data, accepted_media_type, renderer_context)
        return body


def as_collection(listed: Mapping[str, Any]) -> Json:
    """A page of a list; `next` and `previous` stay beside the features."""
    features = [as_feature(one) for one in listed["results"]]
    return {"type": "FeatureCollection", "features": features, **{k: v for k, v in listed.items() if k != "results"}}


def as_feature(told: Mapping[str, Any]) -> Json:
    """A spot, or an item of a list: its spot's position and members together with the item's own."""
    spot: Mapping[str, Any] = told if "spot" not in told else told["spot"] or {}
    properties = {**{k: v for k, v in told.items() if k != "spot"}, **spot}
    position = [properties.pop("longitude"), properties.pop("latitude")] if spot else None
    geometry = {"type": "Point", "coordinates": position} if position else None
    feature: Json = {"type": "Feature", "geometry": geometry, "properties": properties}
    return feature | {"id": spot["id"]} if spot else feature
