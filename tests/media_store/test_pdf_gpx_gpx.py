"""Of a GPX file the way is kept; when, with what and by whom it was walked is not, and nothing in it is obeyed."""

from __future__ import annotations

import io
import json
import math
import random
import time
from xml.etree import ElementTree

import pytest

from media_store.attachments import AttachmentRefused, Checked, check
from media_store.attachments.lines import length_km, simplified
from tests.attachment_files import WALK, gpx

GPX = "{http://www.topografix.com/GPX/1/1}"


def _kept(content: bytes) -> Checked:
    return check(io.BytesIO(content))


def _reason(content: bytes) -> str:
    with pytest.raises(AttachmentRefused) as refused:
        _kept(content)
    assert str(refused.value.message)
    return refused.value.code


def test_the_way_is_kept() -> None:
    place = '<wpt lat="36.07" lon="136.22"><name>地蔵 &amp; 泉</name><desc>ここに鍵</desc><time>2026-05-03</time></wpt>'
    kept = _kept(gpx(more=place))
    root = ElementTree.fromstring(kept.content)
    points = [(float(point.get("lat", "")), float(point.get("lon", ""))) for point in root.iter(f"{GPX}trkpt")]
    assert tuple(points) == WALK
    assert [name.text for name in root.iter(f"{GPX}name")] == ["地蔵 & 泉", "川ぞいの道"]
    assert {height.text for height in root.iter(f"{GPX}ele")} == {"12.5"}
    assert (kept.extension, kept.content_type) == ("gpx", "application/gpx+xml")


def test_times_devices_authors_and_remarks_are_not() -> None:
    kept = _kept(gpx(more='<wpt lat="1" lon="2"><desc>ここに鍵</desc><link href="http://example.jp/"/></wpt>'))
    for canary in ("2026", "time", "山田", "Garmin", "144", "hr", "家から", "鍵", "example", "desc", "metadata"):
        assert canary.encode() not in kept.content, canary


def test_what_is_kept_is_taken_again_as_it_is() -> None:
    once = _kept(gpx()).content
    assert _kept(once).content == once


def test_the_same_file_is_known_by_what_was_sent() -> None:
    first, second = _kept(gpx()), _kept(gpx() + b"\n")
    assert first.sha256 == second.sha256
    assert first.original_sha256 != second.original_sha256


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_other_encodings_are_read(encoding: str) -> None:
    text = gpx(name="Weg").decode().replace("山田花子", "x").replace("家から", "y")
    content = text.replace("UTF-8", "utf-8" if encoding == "utf-8-sig" else encoding).encode(encoding)
    assert json.loads(_kept(content).track)["lines"]


def test_routes_and_places_alone_are_ways_too() -> None:
    route = b'<gpx><rte><name>R</name><rtept lat="1" lon="2"/><rtept lat="1.1" lon="2"/></rte></gpx>'
    assert json.loads(_kept(route).track)["lines"] == [[[1.0, 2.0], [1.1, 2.0]]]
    place = json.loads(_kept(b'<gpx><wpt lat="1" lon="2"><name>P</name></wpt></gpx>').track)
    assert place == {"km": 0.0, "lines": [], "places": [{"lat": 1.0, "lng": 2.0, "name": "P"}]}


def test_points_in_extensions_are_not_the_way() -> None:
    inside = '<extensions><trk><trkseg><trkpt lat="1" lon="2"/><trkpt lat="1" lon="3"/></trkseg></trk></extensions>'
    assert len(json.loads(_kept(gpx(more=inside)).track)["lines"]) == 1
    nested = '<wpt lat="1" lon="2"><extensions><trkpt lat="9" lon="9"/><name>N</name></extensions></wpt>'
    assert json.loads(_kept(gpx(more=nested)).track)["places"] == [{"lat": 1.0, "lng": 2.0, "name": ""}]


HOSTILE = {
    "entities": b'<!DOCTYPE gpx [<!ENTITY a "aaa"><!ENTITY b "&a;&a;&a;">]><gpx><trk><name>&b;</name></trk></gpx>',
    "file": b'<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx><trk><name>&x;</name></trk></gpx>',
    "elsewhere": b'<!DOCTYPE gpx SYSTEM "http://127.0.0.1:1/a.dtd"><gpx><wpt lat="1" lon="2"/></gpx>',
    "a plain type": b'<!DOCTYPE gpx><gpx><wpt lat="1" lon="2"/></gpx>',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_entities_and_document_types_are_refused(content: bytes) -> None:
    assert _reason(content) == "entities"


@pytest.mark.parametrize(
    "attributes",
    [
        'lat="91" lon="2"',
        'lat="1" lon="181"',
        'lat="nan" lon="2"',
        'lat="1" lon="1e999"',
        'lat="１.x" lon="2"',
        'lat="1"',
    ],
)
def test_a_position_off_the_earth_is_refused(attributes: str) -> None:
    assert _reason(f"<gpx><wpt {attributes}/></gpx>".encode()) == "position"


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("type", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
        ("type", b"<!-- a --><html><gpx/></html>"),
        ("type", b"lat,lon\n1,2"),
        ("nothing", b"<gpx/>"),
        ("nothing", b"<gpx><trk><trkseg><trkpt lat='1' lon='2'/></trkseg></trk></gpx>"),
        ("damaged", b"<gpx><trk>"),
        ("damaged", b"<gpx>\xff\xfe</gpx>"),
        ("damaged", b"<?xml version='1.0' encoding='cp99999'?><gpx/>"),
        ("damaged", b"<gpx>&unknown;</gpx>"),
        ("complex", b"<gpx>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</gpx>"),
        ("complex", b"<gpx>" + b"<a/>" * 1_000_001 + b"</gpx>"),
        ("complex", gpx([(1, 2)] * 100_001).replace(b"<extensions><hr>144</hr></extensions>", b"")),
    ],
    ids=lambda value: value if isinstance(value, str) else str(len(value)),
)
def test_what_is_no_way_is_refused_with_a_reason(reason: str, content: bytes) -> None:
    began = time.process_time()
    assert _reason(content[:10_000_000] if reason != "complex" else content) in (reason, "too_large")
    assert time.process_time() - began < 3


def test_names_are_text() -> None:
    long = "<wpt lat='1' lon='2'><name>&lt;script&gt;\u202e" + "あ" * 5_000 + "</name></wpt>"
    name = json.loads(_kept(f"<gpx>{long}</gpx>".encode()).track)["places"][0]["name"]
    assert name.startswith("<script>あ")
    assert len(name) == 100


def test_every_truncation_is_refused_or_read() -> None:
    content = gpx()
    for percent in range(0, 100, 5):
        assert _reason(content[: len(content) * percent // 100]) in ("damaged", "empty", "type")


def test_a_long_way_is_drawn_with_five_hundred_points_that_keep_its_shape() -> None:
    draw = random.Random(7)
    way = [
        (36 + 0.05 * math.sin(at / 900) + draw.gauss(0, 1e-6), 136 + at * 1e-5 + draw.gauss(0, 1e-6))
        for at in range(20_000)
    ]
    began = time.process_time()
    (line,) = simplified([way], 500)
    assert time.process_time() - began < 1
    assert 10 < len(line) <= 500
    assert (line[0], line[-1]) == (way[0], way[-1])
    assert length_km(line) == pytest.approx(length_km(way[::50]), rel=0.02)


def test_a_straight_way_needs_two_points() -> None:
    assert simplified([[(36.0, 136 + at / 1000) for at in range(100)]], 500) == [[(36.0, 136.0), (36.0, 136.099)]]


def test_many_short_lines_stay_within_the_same_number() -> None:
    lines = [[(36.0, 136.0), (36.1, 136.1), (36.0, 136.2)] for _ in range(900)]
    assert sum(map(len, simplified(lines, 500))) <= 500


def test_a_way_over_the_date_line_does_not_go_round_the_world() -> None:
    (line,) = simplified([[(0.0, 179.9), (0.1, -179.9), (0.0, -179.7)]], 500)
    assert [round(lng, 1) for _lat, lng in line] == [179.9, 180.1, 180.3]
