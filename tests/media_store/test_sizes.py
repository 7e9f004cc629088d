"""From a master to the sizes that pages show."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageOps

from media_store.pictures import ingest, make_variant
from media_store.variants import FORMATS, QUALITIES, RATIOS, WIDTHS, Variant
from tests.pictures import difference, make, scene, shown


@pytest.fixture(scope="module")
def master() -> bytes:
    return ingest(io.BytesIO(make((2400, 1600)))).content


@pytest.fixture(scope="module")
def clear() -> bytes:
    """A master that lets something through."""
    return ingest(io.BytesIO(make((1200, 800), "PNG", mode="RGBA"))).content


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_width_is_exact_and_looks_the_same(master: bytes, width: int, format: str) -> None:
    made = make_variant(master, Variant(width, format))
    picture = Image.open(io.BytesIO(made))
    assert picture.format == format.upper()
    assert picture.size == (width, round(width * 2 / 3))
    assert difference(shown(made), scene((2400, 1600))) < 4


@pytest.mark.parametrize("ratio", [name for name in RATIOS if name])
@pytest.mark.parametrize("width", [160, 640, 2048])
def test_a_crop_is_the_middle_in_its_shape(master: bytes, width: int, ratio: str) -> None:
    across, down = RATIOS[ratio] or (1, 1)
    picture = shown(make_variant(master, Variant(width, ratio=ratio)))
    most = 1365 if ratio == "1x1" else 1820
    assert picture.width == min(width, most)
    assert picture.height == pytest.approx(picture.width * down / across, abs=1)
    assert difference(picture, ImageOps.fit(scene((2400, 1600)), (640, 640 * down // across))) < 4


@pytest.mark.parametrize("size", [(100, 300), (1600, 90), (33, 32)])
@pytest.mark.parametrize("ratio", RATIOS)
def test_no_size_is_larger_than_its_master(size: tuple[int, int], ratio: str) -> None:
    small = ingest(io.BytesIO(make(size, quality=90))).content
    picture = shown(make_variant(small, Variant(2048, ratio=ratio)))
    assert picture.width <= size[0]
    assert picture.height <= size[1]
    if not ratio:
        assert picture.size == size


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("ratio", RATIOS)
def test_the_same_master_gives_the_same_bytes(master: bytes, format: str, ratio: str) -> None:
    variant = Variant(320, format, ratio=ratio)
    assert make_variant(master, variant) == make_variant(master, variant)


def test_a_lower_quality_is_fewer_bytes(master: bytes) -> None:
    for format in FORMATS:
        low, high = (len(make_variant(master, Variant(640, format, quality))) for quality in QUALITIES)
        assert low < high * 0.8


def test_what_shows_through_stays_so_in_webp_and_is_paper_in_jpeg(clear: bytes) -> None:
    kept = Image.open(io.BytesIO(make_variant(clear, Variant(640))))
    assert kept.mode == "RGBA"
    assert kept.getpixel((kept.width - 1, kept.height - 1))[3] < 20  # type: ignore[index]
    flat = Image.open(io.BytesIO(make_variant(clear, Variant(640, "jpeg"))))
    assert flat.mode == "RGB"
    at_the_clear_edge = flat.getpixel((flat.width - 1, flat.height - 1))
    assert at_the_clear_edge == pytest.approx((255, 255, 255), abs=12)


def test_what_shows_through_does_not_bleed_into_what_does_not() -> None:
    """Red under nothing beside grey: shrunk with its alpha apart, the seam would turn red."""
    picture = Image.new("RGBA", (1024, 512), (128, 128, 128, 255))
    picture.paste((255, 0, 0, 0), (512, 0, 1024, 512))
    out = io.BytesIO()
    picture.save(out, "PNG")
    made = make_variant(ingest(io.BytesIO(out.getvalue())).content, Variant(160, "jpeg"))
    for x in range(70, 90):
        red, green, _blue = shown(made).getpixel((x, 40))  # type: ignore[misc]
        assert red - green < 12
