"""How endpoints are described in the schema: one line each in the views."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse

from spots.api.shapes import FeatureCollectionSerializer, FeatureSerializer, ProblemSerializer, Shape, page_of

JSON, GEOJSON, PROBLEM = "application/json", "application/geo+json", "application/problem+json"
FORMATS = ("json", "geojson")

Answers = dict[Any, Any]


def listing(shape: type[Shape], *refusals: int) -> Answers:
    """200 with a page of `shape`, and the refusals every list has."""
    return {(200, JSON): page_of(shape), **refused(400, *refusals)}


def geo_listing(shape: type[Shape], *refusals: int) -> Answers:
    """The same, also as a feature collection."""
    return {(200, GEOJSON): FeatureCollectionSerializer, **listing(shape, *refusals)}


def one(shape: type[Shape], *refusals: int) -> Answers:
    """200 with one `shape`."""
    return {(200, JSON): shape, **refused(400, *refusals)}


def geo_one(shape: type[Shape], *refusals: int) -> Answers:
    """The same, also as a feature."""
    return {(200, GEOJSON): FeatureSerializer, **one(shape, *refusals)}


_REASONS = {
    304: "変わっていません。",
    400: "パラメーターか本文の誤り。",
    401: "ログインが必要です。",
    403: "許可されていません。",
    404: "ないか、見ることができません。",
    412: "If-Match の版が古くなっています。",
    413: "本文が 64 KiB を超えています。",
    415: "本文が application/json ではありません。",
}


def refused(*statuses: int) -> Answers:
    """Problems with these statuses."""
    return {(status, PROBLEM): OpenApiResponse(ProblemSerializer, _REASONS[status]) for status in statuses}


def unchanged() -> Answers:
    """304 for `If-None-Match`."""
    return {304: OpenApiResponse(description=_REASONS[304])}
