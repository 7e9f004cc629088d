"""Every listed spot in one of four formats, read and written piece by piece."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.db.models import Prefetch

from spots.models import Spot, Tag
from spots.open_data.export_maps import geojson_chunks, gpx_chunks, kml_chunks
from spots.open_data.export_table import csv_chunks

FORMATS: dict[str, Callable[[Iterable[Spot]], Iterator[str]]] = {
    "csv": csv_chunks,
    "geojson": geojson_chunks,
    "kml": kml_chunks,
    "gpx": gpx_chunks,
}


Track = Callable[[Iterable[Spot], int], Iterable[Spot]]
"""Passes the spots on, of which there are so many, and shows how far it is."""


def exported(format_name: str, track: Track | None = None) -> Iterator[str]:
    """The text of the file, for everyone: published spots alone, ordered by id, a thousand in memory at a time."""
    spots = Spot.objects.listed().select_related("category").order_by("pk")
    tagged = spots.prefetch_related(Prefetch("tags", Tag.objects.order_by("name")))
    rows: Iterable[Spot] = tagged.iterator(chunk_size=1000)
    return FORMATS[format_name](track(rows, spots.count()) if track else rows)


def write_atomically(path: Path, chunks: Iterable[str]) -> None:
    """Put a UTF-8 file at `path`, or leave what stands there: nobody reads half an export. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink()
        raise
