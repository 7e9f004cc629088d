"""Whatever a camera or a program writes becomes one clean, upright, small master."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from PIL import Image, ImageCms

from media_store.pictures import Ingested, PictureRefused, ingest, ingest_square, make_variant
from media_store.variants import every_variant
from tests import colour_profiles
from tests.pictures import CANARY, CORNERS, GPS, difference, make, scene, shown

JST = timezone(timedelta(hours=9))


def take(content: bytes) -> Ingested:
    return ingest(io.BytesIO(content))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_ways_to_hold_a_camera_come_out_upright(format: str, orientation: int) -> None:
    made = take(make((640, 480), format, orientation=orientation))
    assert (made.width, made.height) == (640, 480)
    assert difference(shown(made.content), scene((640, 480))) < 2


@pytest.mark.parametrize("orientation", [0, 9, 99, 65535])
def test_an_orientation_that_is_none_turns_nothing(orientation: int) -> None:
    assert difference(shown(take(make(orientation=orientation)).content), scene()) < 2


def test_the_difference_tells_a_turned_picture_from_an_upright_one() -> None:
    turned = scene().transpose(Image.Transpose.ROTATE_180)
    assert difference(turned, scene()) > 10


@pytest.mark.parametrize(
    ("traits", "extension"),
    [
        ({"format": "PNG"}, "jpg"),
        ({"format": "PNG", "mode": "P"}, "jpg"),
        ({"format": "GIF", "mode": "P", "frames": 3}, "jpg"),
        ({"format": "WEBP", "frames": 3}, "jpg"),
        ({"format": "AVIF"}, "jpg"),
        ({"progressive": True}, "jpg"),
        ({"subsampling": 0, "quality": 100}, "jpg"),
        ({"format": "PNG", "mode": "RGBA"}, "webp"),
        ({"format": "WEBP", "mode": "RGBA"}, "webp"),
    ],
    ids=str,
)
def test_every_kind_becomes_a_master_that_looks_the_same(traits: dict[str, Any], extension: str) -> None:
    made = take(make(**traits))
    assert (made.extension, made.content_type) == (extension, {"jpg": "image/jpeg", "webp": "image/webp"}[extension])
    assert difference(shown(made.content), scene()) < 3


@pytest.mark.parametrize("mode", ["L", "I;16", "1", "LA"])
def test_grey_of_any_depth_is_as_bright_as_it_was(mode: str) -> None:
    made = take(make(format="PNG", mode=mode))
    assert difference(shown(made.content).convert("L"), scene().convert("L")) < 3


def test_sixteen_bits_are_scaled_and_not_cut() -> None:
    steps = [0, 64, 128, 255]
    picture = Image.new("I;16", (128, 64))
    for place, step in enumerate(steps):
        picture.paste(step * 257, (place * 32, 0, place * 32 + 32, 64))
    out = io.BytesIO()
    picture.save(out, "PNG")
    grey = shown(take(out.getvalue()).content).convert("L")
    assert [grey.getpixel((place * 32 + 16, 32)) for place in range(4)] == pytest.approx(steps, abs=3)


def patch(colour: tuple[int, ...], mode: str, profile: bytes | None) -> tuple[int, int, int]:
    out = io.BytesIO()
    Image.new(mode, (64, 64), colour).save(out, "JPEG", quality=100, subsampling=0, icc_profile=profile)
    seen = shown(take(out.getvalue()).content).getpixel((32, 32))
    assert isinstance(seen, tuple)
    return int(seen[0]), int(seen[1]), int(seen[2])


def test_display_p3_is_shown_in_the_colours_it_means() -> None:
    assert patch((234, 51, 35), "RGB", colour_profiles.p3()) == pytest.approx((254, 0, 0), abs=6)


def test_inks_are_shown_as_the_press_prints_them() -> None:
    printed = patch((255, 0, 0, 0), "CMYK", colour_profiles.cmyk())
    assert printed == pytest.approx((0, 150, 218), abs=8)
    assert patch((255, 0, 0, 0), "CMYK", None) == pytest.approx((0, 255, 255), abs=8)


@pytest.mark.parametrize(
    "profile",
    [
        colour_profiles.srgb(),
        colour_profiles.cmyk(),
        b"not a profile",
        colour_profiles.p3()[:200],
        colour_profiles.p3() + bytes(4_000_000),
    ],
    ids=["sRGB", "of another space", "garbage", "cut off", "endless"],
)
def test_a_profile_that_says_nothing_changes_nothing(profile: bytes) -> None:
    assert patch((200, 40, 40), "RGB", profile) == pytest.approx((200, 40, 40), abs=4)


def test_sizes_of_a_phone_photo() -> None:
    made = take(make((4032, 3024)))
    assert (made.width, made.height) == (2016, 1512)
    upright = take(make((3024, 4032), orientation=6, progressive=True))
    assert (upright.width, upright.height) == (1512, 2016)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((6000, 4000), (2048, 1365)), ((2300, 1000), (2300, 1000)), ((640, 480), (640, 480)), ((2400, 120), (2048, 102))],
)
def test_the_long_edge_is_about_2048_and_never_grown(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert Image.open(io.BytesIO(take(make(size)).content)).size == expected


def test_what_it_knows_of_a_picture() -> None:
    sent = make((800, 600), orientation=6)
    made = take(sent)
    assert made.sha256 == sha256(made.content).hexdigest()
    assert made.original_sha256 == sha256(sent).hexdigest()
    assert take(sent) == made
    tiny = base64.b64decode(made.placeholder.removeprefix("data:image/webp;base64,"))
    assert len(tiny) <= 160
    assert Image.open(io.BytesIO(tiny)).size == (16, 12)
    assert difference(shown(tiny), scene((800, 600)).resize((16, 12), Image.Resampling.BOX)) < 12
    flat = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 40, 40)).save(flat, "PNG")
    red, green, blue = bytes.fromhex(take(flat.getvalue()).colour[1:])
    assert (red, green, blue) == pytest.approx((200, 40, 40), abs=2)


def test_alpha_that_says_nothing_costs_nothing() -> None:
    out = io.BytesIO()
    scene().convert("RGBA").save(out, "PNG")
    assert take(out.getvalue()).extension == "jpg"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_nothing_is_left_of_what_a_camera_wrote(format: str, mode: str) -> None:
    if (format, mode) in (("JPEG", "RGBA"), ("GIF", "RGBA")):
        mode = "L"
    sent = make((700, 500), format, mode=mode, canary=True, **({"icc": None} if mode == "L" else {}))
    assert CANARY.encode() in sent
    served = [take(sent).content, ingest_square(io.BytesIO(sent)).content]
    served += [make_variant(served[0], variant) for variant in every_variant()]
    for content in served:
        picture = Image.open(io.BytesIO(content))
        assert not picture.getexif()
        assert not picture.info.keys() & {
            "exif",
            "xmp",
            "icc_profile",
            "comment",
            "photoshop",
            "Comment",
            "Description",
        }
        for trace in (CANARY.encode(), b"Exif", b"EXIF", b"http://ns.adobe.com", b"XMP ", b"ICC_PROFILE", b"ICCP"):
            assert trace not in content


def test_an_avatar_is_the_middle_as_a_square_of_at_most_512() -> None:
    made = ingest_square(io.BytesIO(make((1600, 1200), orientation=8)))
    assert (made.width, made.height, made.extension, made.content_type) == (512, 512, "webp", "image/webp")
    middle = scene((1600, 1200)).crop((200, 0, 1400, 1200))
    assert difference(shown(made.content), middle) < 3
    small = ingest_square(io.BytesIO(make((100, 64))))
    assert (small.width, small.height) == (64, 64)


def test_where_and_when_are_told_once() -> None:
    hints = take(make(gps=GPS, taken_at=datetime(2026, 4, 1, 8, 30, tzinfo=JST))).hints
    assert hints.place == pytest.approx(GPS, abs=1e-5)
    assert hints.taken_at == datetime(2026, 3, 31, 23, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_the_towns() -> None:
    assert take(make(taken_at=datetime(2026, 4, 1, 8, 30))).hints.taken_at == datetime(2026, 4, 1, 8, 30, tzinfo=JST)


def test_south_and_west_are_negative() -> None:
    assert take(make(gps=(-33.9, -18.4))).hints.place == pytest.approx((-33.9, -18.4), abs=1e-5)


@pytest.mark.parametrize("gps", [(0.0, 0.0), (91.0, 10.0), (10.0, 181.0), (-90.5, 0.0), (float("nan"), 10.0)], ids=str)
def test_a_place_that_is_none_is_not_told(gps: tuple[float, float]) -> None:
    sent = make(gps=(0.0, 0.0)) if gps[0] != gps[0] else make(gps=gps)
    assert take(sent).hints.place is None


def exif(entries: bytes, count: int) -> bytes:
    block = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + count.to_bytes(2, "little") + entries
    plain = make((64, 64))
    return plain[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + plain[2:]


@pytest.mark.parametrize(
    "sent",
    [
        exif(b"", 60_000),
        exif(bytes.fromhex("69870400010000000800000025880400010000000800000000000000"), 2),
        exif(bytes.fromhex("25880400010000000000ff7f00000000"), 1),
        exif(bytes.fromhex("1201020004000000414141410000000069870200040000004141414100000000"), 2),
        exif(bytes.fromhex("7c920700ffffff7f0000000000000000"), 1),
    ],
    ids=["endless", "a loop", "far away", "text for numbers", "a maker's note of 2 GB"],
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_metadata_that_is_wrong_or_an_attack_is_not_there(sent: bytes) -> None:
    made = take(sent)
    assert (made.width, made.height, tuple(made.hints)) == (64, 64, (None, None))


def heic(**options: Any) -> bytes:
    from pillow_heif import from_pillow

    out = io.BytesIO()
    from_pillow(scene()).save(out, **options)
    return out.getvalue()


def test_heic_is_read_where_its_reader_is_installed() -> None:
    made = take(heic(quality=80))
    assert (made.width, made.height, made.extension) == (640, 480, "jpg")
    assert difference(shown(made.content), scene()) < 3


def test_heic_is_turned_once() -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    made = take(heic(quality=80, exif=tags.tobytes()))
    assert (made.width, made.height) == (480, 640)
    assert difference(shown(made.content), scene().transpose(Image.Transpose.ROTATE_270)) < 3


def test_without_its_reader_heic_is_refused_with_what_to_do() -> None:
    program = (
        "import sys, io; sys.modules['pillow_heif'] = None\n"
        "import django; from django.conf import settings; settings.configure(USE_I18N=False)\n"
        "from media_store.pictures import ingest, PictureRefused\n"
        "try: ingest(sys.stdin.buffer)\n"
        "except PictureRefused as refused: print(refused.code, refused.status, 'JPEG' in str(refused.message))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=heic(), capture_output=True, check=True)
    assert done.stdout.split() == [b"type", b"415", b"True"]


def test_the_corners_are_where_they_were() -> None:
    seen = shown(take(make((640, 480), orientation=5)).content)
    for colour, place in zip(CORNERS.values(), ((40, 40), (600, 40), (40, 440)), strict=True):
        assert seen.getpixel(place) == pytest.approx(colour, abs=12)


def test_the_profiles_of_this_suite_are_profiles() -> None:
    for profile in (colour_profiles.p3(), colour_profiles.cmyk(), colour_profiles.srgb()):
        assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()


def test_more_bytes_than_anybody_may_send_are_not_read() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= 20_000_001
            return bytes(size)

    with pytest.raises(PictureRefused) as refused:
        ingest(Endless())  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.status) == ("too_large", 413)
