"""PDF and GPX files as people and their enemies make them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

WALK = ((36.0621, 136.2196), (36.0635, 136.2210), (36.0650, 136.2190))


def pdf(change: Callable[[pikepdf.Pdf], Any] | None = None, pages: int = 1, **options: Any) -> bytes:
    """A document of empty pages, after `change`; `options` are those of saving."""
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page()
    if change:
        change(document)
    out = io.BytesIO()
    document.save(out, deterministic_id="encryption" not in options, **options)
    return out.getvalue()


def opening_with(**action: Any) -> Callable[[pikepdf.Pdf], None]:
    """A change: this action runs when the document is opened."""

    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(**action))

    return change


def linking_to(**action: Any) -> Callable[[pikepdf.Pdf], None]:
    """A change: a press on the first page does this."""

    def change(document: pikepdf.Pdf) -> None:
        box = pikepdf.Array([0, 0, 9, 9])
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=box, A=pikepdf.Dictionary(**action)
        )
        document.pages[0].Annots = pikepdf.Array([document.make_indirect(link)])

    return change


def gpx(points: Iterable[tuple[float, float]] = WALK, more: str = "", name: str = "川ぞいの道") -> bytes:
    """A walk as a watch records it: with times, a device, an author and whatever else."""
    walked = "".join(
        f'<trkpt lat="{lat}" lon="{lng}"><ele>12.5</ele><time>2026-05-03T06:12:{at % 60:02}Z</time>'
        "<extensions><hr>144</hr></extensions></trkpt>"
        for at, (lat, lng) in enumerate(points)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="Garmin fenix" '
        'xmlns="http://www.topografix.com/GPX/1/1"><metadata><author><name>山田花子</name></author>'
        f"<time>2026-05-03T06:12:00Z</time></metadata>{more}<trk><name>{name}</name><cmt>家から</cmt>"
        f"<trkseg>{walked}</trkseg></trk></gpx>"
    ).encode()


def upload(content: bytes, name: str = "x.bin", kind: str = "text/html") -> SimpleUploadedFile:
    """Named and typed as clients lie."""
    return SimpleUploadedFile(name, content, content_type=kind)


def add(client: Client, spot: Any, content: bytes, title: str = "散策マップ", **more: Any) -> Any:
    """As somebody fills in the form."""
    return client.post(f"/spots/{spot.pk}/attachments/", {"title": title, "file": upload(content), **more})
