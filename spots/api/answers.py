"""How endpoints are described in the schema: one line each in the views."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer

from machipoke.openapi import REASONS, Answers, refused
from spots.api.shapes import FeatureCollectionSerializer, FeatureSerializer, Shape, page_of

JSON, GEOJSON = "application/json", "application/geo+json"
FORMATS = ("json", "geojson")

IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="手元にある ETag")


def listing(shape: type[Shape], *refusals: int) -> Answers:
    """200 with a page of `shape`, and the refusals every list has."""
    return {(200, JSON): page_of(shape), **refused(400, *refusals)}


def geo_listing(shape: type[Shape], *refusals: int) -> Answers:
    """The same, also as a feature collection."""
    return {(200, GEOJSON): FeatureCollectionSerializer, **listing(shape, *refusals)}


def one(shape: type[Shape] | PolymorphicProxySerializer, *refusals: int) -> Answers:
    """200 with one `shape`."""
    return {(200, JSON): shape, **refused(400, *refusals)}


def geo_one(shape: type[Shape], *refusals: int) -> Answers:
    """The same, also as a feature."""
    return {(200, GEOJSON): FeatureSerializer, **one(shape, *refusals)}


def unchanged() -> Answers:
    """304 for `If-None-Match`."""
    return {304: OpenApiResponse(description=REASONS[304])}


def made(shape: type[Shape], *refusals: int) -> Answers:
    """201 with what was made."""
    return {(201, JSON): shape, **refused(*refusals)}


def geo_made(shape: type[Shape], *refusals: int) -> Answers:
    """The same, also as a feature."""
    return {(201, GEOJSON): FeatureSerializer, **made(shape, *refusals)}


def emptied(*refusals: int) -> Answers:
    """204, or a refusal."""
    return {204: OpenApiResponse(description="なくなりました。"), **refused(*refusals)}
