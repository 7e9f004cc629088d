"""The demo: an empty site looks lived in, everything adds up, and nothing happens to a site that has spots."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from spots import demo
from spots.areas import area_of
from spots.credits import credited_sources
from spots.models import Comment, SavedList, Spot, Tag
from tests.spots.open_data import row_hash

pytestmark = pytest.mark.django_db

LINE = re.compile(r"  (?P<name>\S+) \((?P<user>[\w-]+)\)  パスワード: (?P<password>\S+)  (?P<role>利用者|モデレーター)")


def seed() -> str:
    out = io.StringIO()
    call_command("seed_demo", without_pictures=True, stdout=out)
    return out.getvalue()


@pytest.fixture
def site() -> str:
    """What the command printed on an empty site."""
    return seed()


def test_all_of_fukui_and_three_hundred_places_of_the_country_are_there(site: str) -> None:
    fukui = Spot.objects.listed().filter(source=demo.FUKUI_SOURCE)
    heritage = Spot.objects.listed().filter(source=demo.HERITAGE_SOURCE)
    assert (fukui.count(), heritage.count()) == (183, 300)
    assert {code[:2] for code in fukui.values_list("municipality_code", flat=True)} == {"18"}
    assert len({code[:2] for code in heritage.values_list("municipality_code", flat=True)}) >= 40
    assert heritage.exclude(reading="").count() > 100
    assert all(area_of(code) for code in Spot.objects.values_list("municipality_code", flat=True))


def test_every_fact_names_its_source(site: str) -> None:
    lines = [credit.line for credit in credited_sources()]
    assert lines == ["文化庁 日本遺産ポータルサイト（CC BY）", "福井県観光連盟（CC BY 4.0）"]


def test_every_place_is_valid_and_described(site: str) -> None:
    for spot in Spot.objects.select_related("category"):
        spot.full_clean(validate_unique=False, validate_constraints=False)
        assert len(spot.description) >= 20
        assert not re.search(r"[{}]|None|。。|です。です|市市", spot.description), spot.description
    descriptions = Spot.objects.filter(source=demo.FUKUI_SOURCE).values_list("description", flat=True)
    assert len(set(descriptions)) == 183


def test_what_is_closed_for_now_is_paused_and_a_position_nearby_is_said_to_be_one(site: str) -> None:
    assert Spot.objects.filter(status="paused").values_list("name", flat=True).get().endswith("遺跡資料館")
    near = Spot.objects.filter(description__contains="おおよその目安")
    assert sorted(near.values_list("name", flat=True)) == ["シーシーパーク", "石田屋 ESHIKOTO店"]
    swapped = Spot.objects.get(name="小浜町家ステイ（宿7軒）")
    assert (swapped.latitude, swapped.longitude) == (35.492373, 135.736746)


def test_accounts_are_printed_once_and_can_sign_in(site: str) -> None:
    found = [match.groupdict() for match in map(LINE.fullmatch, site.splitlines()[1:]) if match]
    assert [person["user"] for person in found] == ["hana", "ren", "mori", "sora", "kai", "tomo"]
    assert [person["user"] for person in found if person["role"] == "モデレーター"] == ["mori"]
    for person in found:
        user = authenticate(username=person["user"], password=person["password"])
        assert isinstance(user, User)
        assert (user.display_name, user.is_moderator, user.is_superuser) == (
            person["name"],
            person["user"] == "mori",
            False,
        )
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == len(found)
    assert "パスワード: " not in seed()


def test_people_talk_keep_and_post(site: str) -> None:
    assert 36 <= Comment.objects.count() <= 48
    assert Comment.objects.filter(parent__isnull=False).count() >= 10
    assert not Comment.objects.filter(parent__parent__isnull=False).exists()
    visibilities = SavedList.objects.values_list("visibility").annotate(n=Count("pk"))
    assert dict(visibilities) == {"public": 4, "link": 1, "private": 3}
    assert SavedList.objects.filter(items__note__gt="").distinct().count() >= 6
    assert Spot.objects.exclude(created_by=None).count() == 8
    assert Tag.objects.count() > 15


def test_counters_equal_the_rows(site: str) -> None:
    spots = Spot.objects.annotate(
        comments_now=Count("comments", Q(comments__state="published"), distinct=True),
        saves_now=Count("saved_items", distinct=True),
    )
    for counted in spots.values("comment_count", "comments_now", "save_count", "saves_now"):
        assert (counted["comment_count"], counted["save_count"]) == (counted["comments_now"], counted["saves_now"])
    for kept in SavedList.objects.annotate(items_now=Count("items")).values("item_count", "items_now"):
        assert kept["item_count"] == kept["items_now"]


def test_times_lie_in_the_last_sixty_days_and_in_order(site: str) -> None:
    now = timezone.now()
    times = sorted(moment for moment in Spot.objects.values_list("published_at", flat=True) if moment)
    assert now - timedelta(days=61) < times[0] < now - timedelta(days=50)
    assert now - timedelta(days=5) < times[-1] <= now
    for comment in Comment.objects.select_related("spot", "parent"):
        before = comment.parent.created_at if comment.parent else comment.spot.created_at
        assert before < comment.created_at <= now


def test_a_good_part_is_scored_and_the_rest_is_not(site: str) -> None:
    scored = Spot.objects.filter(hidden_gem_score__isnull=False).count()
    assert 0.5 < scored / Spot.objects.count() < 0.8


def test_two_sites_get_the_same_rows_but_for_passwords_and_times(site: str) -> None:
    def facts() -> list[object]:
        return list(
            Spot.objects.order_by("pk").values_list("pk", "name", "description", "hidden_gem_score", "save_count")
        )

    first, comments = facts(), set(Comment.objects.values_list("pk", "body"))
    SavedList.objects.all().delete()
    Spot.objects.all().delete()
    User.objects.all().delete()
    seed()
    assert (facts(), set(Comment.objects.values_list("pk", "body"))) == (first, comments)


def test_a_site_with_spots_is_left_alone(make_spot: Callable[..., Spot]) -> None:
    make_spot()
    before = row_hash()
    assert seed() == "スポットがもうあるので、見本は入れませんでした。\n"
    assert row_hash() == before


def test_names_that_are_taken_are_left_to_their_owners(hana: User) -> None:
    assert "花 (hana-2)" in seed()
    assert User.objects.get(username="hana").email == hana.email


def test_it_takes_two_seconds_at_most() -> None:
    before = time.process_time()
    seed()
    assert time.process_time() - before < 2


@pytest.mark.open_data
def test_no_sentence_of_the_source_is_shipped(open_data: Path) -> None:
    ours = "".join(path.read_text() for path in Path(demo.__file__).parent.glob("data/demo_*.csv"))
    with (open_data / "fukui_spot.csv").open(encoding="utf-8-sig", newline="") as file:
        theirs = [row["施設説明文"].strip() for row in csv.DictReader(file)]
    sentences = [part for text in theirs for part in re.split(r"[。\n]", text) if len(part) > 20]
    assert sentences
    assert not [sentence for sentence in sentences if sentence in ours]
