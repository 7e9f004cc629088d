"""Lists of the admin narrowed by time, by word and by state, and what they count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from spots.models import Case, ModerationAction, Report, SavedList, Spot
from tests.markup import Page, text_of
from tests.spots.said import said

MakeSpot = Callable[..., Spot]
SPOTS = "/admin/spots/spot/"
TIMED = {
    "spots/spot": "created_at",
    "spots/comment": "created_at",
    "spots/savedlist": "created_at",
    "spots/case": "last_reported_at",
    "spots/moderationaction": "created_at",
    "accounts/user": "created_at",
}


@pytest.fixture
def moderator(mori: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(mori)


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 3, tzinfo=UTC)


def shown(answer: Any) -> list[Any]:
    return list(answer.context["cl"].result_list)


def steps(answer: Any) -> dict[str, str]:
    """What the line of years, months or days offers, with its addresses; where one is has none."""
    [line] = Page(answer).all("nav", **{"class": "periods"})
    return {text_of(link): link.get("href") or "" for link in line}


def test_years_lead_to_months_and_months_to_days(moderator: Client, make_spot: MakeSpot) -> None:
    for name, when in (("古い", at(2023, 3, 9)), ("古い", at(2023, 3, 30)), ("別", at(2023, 5, 1))):
        make_spot(name, created_at=when)
    make_spot("新しい", created_at=timezone.now())
    years = steps(moderator.get(SPOTS))
    assert list(years) == [f"{year}年" for year in range(2023, timezone.localdate().year + 1)]
    year = moderator.get(SPOTS + years["2023年"])
    assert len(shown(year)) == 3
    assert list(steps(year)) == ["‹ すべての日付", *(f"2023年{month}月" for month in range(3, 13))]
    month = moderator.get(SPOTS + steps(year)["2023年3月"])
    assert [spot.name for spot in shown(month)] == ["古い", "古い"]
    assert list(steps(month)) == ["‹ 2023年", *(f"3月{day}日" for day in range(9, 32))]
    day = moderator.get(SPOTS + steps(month)["3月9日"])
    assert len(shown(day)) == 1
    assert steps(day) == {"‹ 2023年3月": steps(year)["2023年3月"], "3月9日": ""}


def test_a_period_keeps_the_other_filters(moderator: Client, make_spot: MakeSpot, mori: User) -> None:
    make_spot("見える", created_at=at(2023, 3, 9))
    make_spot("隠れた", created_at=at(2023, 3, 9)).hide(mori, "確認中")
    make_spot("隠れた今年", created_at=timezone.now()).hide(mori, "確認中")
    found = moderator.get(SPOTS + steps(moderator.get(SPOTS, {"state": "hidden"}))["2023年"])
    assert [spot.name for spot in shown(found)] == ["隠れた"]


@pytest.mark.parametrize(
    "asked",
    [
        {"created_at__year": "x"},
        {"created_at__year": "0"},
        {"created_at__year": "99999"},
        {"created_at__year": "2023", "created_at__month": "13"},
        {"created_at__year": "2023", "created_at__month": "2", "created_at__day": "30"},
        {"created_at__month": "3"},
        {"created_at__year": "２０２３"},
    ],
)
def test_a_time_that_is_none_breaks_nothing(moderator: Client, make_spot: MakeSpot, asked: dict[str, str]) -> None:
    make_spot(created_at=at(2023, 3, 9))
    assert moderator.get(SPOTS, asked, follow=True).status_code == 200


def test_an_empty_list_has_no_line_of_times(moderator: Client) -> None:
    assert Page(moderator.get(SPOTS)).all("nav", **{"class": "periods"}) == []


@pytest.mark.parametrize("path", TIMED)
def test_every_list_that_grows_is_narrowed_by_time_within_twelve_questions(
    moderator: Client, make_spot: MakeSpot, hana: User, mori: User, path: str
) -> None:
    for number in range(12):
        spot = make_spot(f"公園{number}", created_by=hana)
        said(spot, hana)
        Report(reason="wrong").file(spot)
        spot.hide(mori, "確認中")
        SavedList.objects.create(owner=hana, title=f"旅{number}", visibility="public")
    today = timezone.localdate()
    asked = {f"{TIMED[path]}__year": str(today.year), f"{TIMED[path]}__month": str(today.month)}
    with CaptureQueriesContext(connection) as queries:
        answer = moderator.get(f"/admin/{path}/", asked)
    assert answer.status_code == 200
    assert shown(answer)
    assert len(queries) <= 12
    assert not [query for query in queries if "DISTINCT" in query["sql"] and "trunc" in query["sql"].lower()]
    assert shown(moderator.get(f"/admin/{path}/", {f"{TIMED[path]}__year": "2001"})) == []


def test_people_are_found_by_a_part_of_their_name_and_by_suspension(moderator: Client, hana: User, ren: User) -> None:
    ren.suspend(timezone.now() + timedelta(days=7), "宣伝")
    hana.suspend(timezone.now() - timedelta(days=7), "宣伝")
    url = "/admin/accounts/user/"
    for asked, names in (
        ({"q": "花"}, ["hana"]),
        ({"q": "han"}, ["hana"]),
        ({"suspended": "yes"}, ["ren"]),
        ({"suspended": "before"}, ["hana"]),
        ({"suspended": "no"}, ["mori"]),
    ):
        assert [person.username for person in shown(moderator.get(url, asked))] == names


def test_people_are_listed_with_how_much_they_posted(moderator: Client, make_spot: MakeSpot, hana: User) -> None:
    spots = [make_spot(f"公園{number}", created_by=hana) for number in range(3)]
    said(spots[0], hana)
    said(spots[0], hana, "消した").delete_softly()
    spots[2].delete_softly()
    make_spot("書きかけ", created_by=hana, state="draft")
    rows = {
        person.username: (person.posted, person.written) for person in shown(moderator.get("/admin/accounts/user/"))
    }
    assert rows == {"hana": (2, 1), "mori": (0, 0)}


def test_the_log_is_found_by_verb_and_by_who_did_it(
    moderator: Client, make_spot: MakeSpot, hana: User, mori: User
) -> None:
    spot = make_spot(created_by=hana)
    spot.hide(mori, "確認中")
    spot.restore(mori, "直された")
    Report(reason="wrong").file(spot)
    Case.objects.get().settle("done", mori, "確認して対応した")
    url = "/admin/spots/moderationaction/"
    assert [line.verb for line in shown(moderator.get(url, {"verb": "hide"}))] == ["hide"]
    assert [line.verb for line in shown(moderator.get(url, {"verb": "done"}))] == ["done"]
    assert len(shown(moderator.get(url, {"q": "@mori"}))) == 3
    assert shown(moderator.get(url, {"q": "@hana"})) == []
    assert len(shown(moderator.get(url, {"q": str(spot.pk)}))) == 2


# --- every verb leaves a line, and nobody takes one away ---

WRITTEN = [
    ("spots/spot", "hide", {"reason": "spam"}, ("hide", "published", "hidden", "宣伝・スパム")),
    ("spots/spot", "remove", {"reason": "spam"}, ("delete", "published", "deleted", "宣伝・スパム")),
    ("spots/spot", "lock", {"reason": "abuse"}, ("lock", "unlocked", "locked", "いやがらせ・差別")),
    ("spots/comment", "hide", {"reason": "abuse"}, ("hide", "published", "hidden", "いやがらせ・差別")),
    ("spots/comment", "remove", {"reason": "abuse"}, ("delete", "published", "deleted", "いやがらせ・差別")),
]


@pytest.mark.parametrize(("path", "verb", "answers", "line"), WRITTEN)
def test_a_verb_writes_who_what_before_after_and_why(
    moderator: Client, make_spot: MakeSpot, hana: User, mori: User, path: str, verb: str, answers: Any, line: Any
) -> None:
    spot = make_spot(created_by=hana)
    row = {"spots/spot": spot, "spots/comment": said(spot, hana)}[path]
    chosen = {"action": verb, "_selected_action": str(row.pk), "confirmed": "1"} | answers
    moderator.post(f"/admin/{path}/", chosen)
    written = ModerationAction.objects.get()
    assert (written.verb, written.before, written.after, written.reason) == line
    assert (written.actor, written.target_id) == (mori, str(row.pk))
    assert type(row)._default_manager.filter(pk=row.pk).exists()
    undo = {"lock": "unlock"}.get(verb, "restore")
    back = {"action": undo, "_selected_action": str(row.pk), "confirmed": "1", "reason": "mistake"}
    moderator.post(f"/admin/{path}/", back)
    undone = ModerationAction.objects.latest("pk")
    assert (undone.verb, undone.before, undone.after) == (undo, line[2], line[1])


def test_a_suspension_writes_its_end_and_why(moderator: Client, ren: User) -> None:
    chosen = {"action": "suspend", "_selected_action": str(ren.pk), "confirmed": "1", "reason": "spam", "days": "7"}
    moderator.post("/admin/accounts/user/", chosen)
    ren.refresh_from_db()
    line = ModerationAction.objects.get()
    assert (line.verb, line.before, line.reason) == ("suspend", "", "宣伝・スパム")
    assert ren.suspended_until is not None
    assert f"{timezone.localtime(ren.suspended_until):%Y-%m-%d %H:%M}" in line.after


def test_a_line_can_only_be_read(moderator: Client, make_spot: MakeSpot, mori: User) -> None:
    make_spot().hide(mori, "確認中")
    line = ModerationAction.objects.get()
    address = f"/admin/spots/moderationaction/{line.pk}/"
    assert Page(moderator.get(f"{address}change/")).all("input", type="submit") == []
    assert moderator.post(f"{address}change/", {"reason": "x"}).status_code == 403
    assert moderator.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert moderator.post("/admin/spots/moderationaction/add/", {"reason": "x"}).status_code == 403
    assert ModerationAction.objects.get().reason == "確認中"
