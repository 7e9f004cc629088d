"""Spots as Japan has them: half in and around five large cities, a third in towns, the rest in the country.

The same number always gives the same spots. They are written past the ORM, with the indexes built afterwards.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

CITIES = (
    # latitude, longitude, share, spread in km: centre and suburbs of the largest
    (35.6812, 139.7671, 0.16, 6.0),
    (35.69, 139.65, 0.14, 22.0),
    (34.6937, 135.5023, 0.10, 8.0),
    (35.1709, 136.8815, 0.06, 9.0),
    (33.5902, 130.4017, 0.04, 7.0),
    (43.0621, 141.3544, 0.04, 7.0),
)
_TOWNS = 400
_TOWN_SHARE = 0.33
_LAND = (
    # south, west, north, east, share: boxes that roughly hold the four main islands
    (31.4, 130.2, 33.6, 131.8, 0.15),
    (33.0, 132.5, 34.3, 134.3, 0.10),
    (34.2, 132.2, 35.4, 136.5, 0.20),
    (35.0, 136.5, 37.3, 140.5, 0.25),
    (37.3, 139.5, 41.3, 141.6, 0.15),
    (42.2, 140.5, 44.2, 144.5, 0.15),
)
RARE_CATEGORY = "onsen"
RARE_SHARE = 0.0005
_DESCRIPTION = "川沿いの静かな道を五分ほど歩いたところにあります。春は桜、秋は紅葉がきれいで、夕方は静かです。"
_BATCH = 20_000


class Place(NamedTuple):
    """One generated spot."""

    id: uuid.UUID
    latitude: float
    longitude: float
    category_id: int


def places(count: int, category_ids: list[int], rare_id: int, seed: int = 20_260) -> Iterator[Place]:
    """`count` places, ids ascending (so that the primary key is filled in order), positions to 6 decimals."""
    dice = random.Random(seed)
    towns = [_in_the_country(dice) for _ in range(_TOWNS)]
    common = [number for number in category_ids if number != rare_id]
    for number in range(count):
        lat, lng = _position(dice, towns)
        category = rare_id if dice.random() < RARE_SHARE else dice.choice(common)
        yield Place(_id(number, count, dice), round(lat, 6), round(lng, 6), category)


def _id(number: int, count: int, dice: random.Random) -> uuid.UUID:
    high = (number << 64) // count
    return uuid.UUID(int=high << 64 | dice.getrandbits(64), version=4)


def _position(dice: random.Random, towns: list[tuple[float, float]]) -> tuple[float, float]:
    roll = dice.random()
    for lat, lng, share, spread_km in CITIES:
        if roll < share:
            return _around(dice, lat, lng, spread_km)
        roll -= share
    if roll < _TOWN_SHARE:
        return _around(dice, *dice.choice(towns), 2.5)
    return _in_the_country(dice)


def _around(dice: random.Random, lat: float, lng: float, spread_km: float) -> tuple[float, float]:
    north, east = dice.gauss(0.0, spread_km), dice.gauss(0.0, spread_km)
    return lat + north / 111.2, lng + east / (111.2 * math.cos(math.radians(lat)))


def _in_the_country(dice: random.Random) -> tuple[float, float]:
    south, west, north, east, _ = dice.choices(_LAND, [box[4] for box in _LAND])[0]
    return dice.uniform(south, north), dice.uniform(west, east)


def fill(count: int) -> None:
    """Store `count` published spots; 1 M in well under a minute on SQLite."""
    from django.db import connection

    from spots.models import Category, Spot
    from spots.planner import set_statistics

    by_slug = dict(Category.objects.values_list("slug", "pk"))
    made = places(count, sorted(by_slug.values()), by_slug[RARE_CATEGORY])
    with connection.schema_editor() as editor:
        for index in Spot._meta.indexes:
            editor.remove_index(Spot, index)
    fields = [field for field in Spot._meta.concrete_fields if not field.generated]
    rows = _rows(fields, made, datetime(2026, 4, 1, tzinfo=UTC))
    columns = ", ".join(connection.ops.quote_name(field.column or "") for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY spots_spot ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.execute("PRAGMA cache_size = -400000")
            marks = ", ".join(["%s"] * len(fields))
            _write_in_batches(cursor, f"INSERT INTO spots_spot ({columns}) VALUES ({marks})", rows)
    with connection.schema_editor() as editor:
        for index in Spot._meta.indexes:
            editor.add_index(Spot, index)
    set_statistics()  # they went with the indexes
    connection.close()  # the cache size was for loading alone


def _write_in_batches(cursor: Any, statement: str, rows: Iterator[list[Any]]) -> None:
    from django.db import transaction

    with transaction.atomic():
        while batch := list(islice(rows, _BATCH)):
            cursor.executemany(statement, batch)


def _rows(fields: list[Any], made: Iterator[Place], now: datetime) -> Iterator[list[Any]]:
    """Column values in the order of `fields`, taken from one prepared spot but for what differs."""
    from django.db import connection

    from spots.models import Spot

    pattern = Spot(name="-", description=_DESCRIPTION, address="東京都千代田区", published_at=now)
    pattern.created_at = pattern.updated_at = now
    common = [field.get_db_prep_save(getattr(pattern, field.attname), connection) for field in fields]
    at = {field.attname: index for index, field in enumerate(fields)}
    as_text = connection.vendor == "sqlite"
    for number, place in enumerate(made):
        row = common.copy()
        row[at["id"]] = place.id.hex if as_text else place.id
        row[at["name"]] = f"見どころ {number}"
        row[at["latitude"]], row[at["longitude"]] = place.latitude, place.longitude
        row[at["category_id"]] = place.category_id
        row[at["save_count"]] = number % 97
        yield row
