"""Lists of the admin narrowed by time, by word and by state, and what they count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
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


# --- what a line is about ---

LOG = "/admin/spots/moderationaction/"


def targets(client: Client) -> dict[tuple[str, str], tuple[str, str]]:
    """What each line of the list says of its target and where that leads, by kind and number."""
    answer = client.get(LOG)
    cells = [cell for cell in Page(answer).all("td") if "field-target" in (cell.get("class") or "")]
    links = [next((link.get("href") or "" for link in cell.iter("a")), "") for cell in cells]
    keys = [(line.target_kind, line.target_id) for line in shown(answer)]
    return dict(zip(keys, zip(map(text_of, cells), links, strict=True), strict=True))


@pytest.fixture
def one_of_each(make_spot: MakeSpot, hana: User, mori: User) -> dict[str, Any]:
    """A row of every kind with a line of the log, and one more that its author took back."""
    spot, back = make_spot("椿の小道", created_by=hana, tags=["桜"]), make_spot("秘密の茶室", created_by=hana)
    rows: dict[str, Any] = {"spot": spot, "back": back, "comment": said(spot, hana, "いい所です"), "user": hana}
    rows["savedlist"] = SavedList.objects.create(owner=hana, title="春の旅", visibility="public")
    rows |= {"tag": spot.tags.get(), "category": spot.category}
    for target in (rows["comment"], hana, rows["savedlist"]):
        Report(reason="spam").file(target)
    Report(reason="wrong").file(back)
    for row in rows.values():
        ModerationAction.record(mori, "hide", row, "published", "hidden", "確認中")
    for case in Case.objects.all():
        case.settle("done", mori, "確認して対応した")
    Spot.objects.filter(pk=back.pk).update(state="draft")
    return rows


def test_a_line_names_its_target_and_leads_to_it(moderator: Client, one_of_each: dict[str, Any]) -> None:
    found = targets(moderator)
    places = {"user": "accounts/user"}
    for kind, text in {
        "spot": "スポット：椿の小道",
        "comment": "コメント：いい所です",
        "user": f"利用者：{one_of_each['user']}",
        "savedlist": "保存リスト：春の旅",
        "tag": "タグ：桜",
        "category": f"カテゴリ：{one_of_each['category'].name_ja}",
    }.items():
        key = str(one_of_each[kind].pk)
        place = places.get(kind, f"spots/{kind}")
        assert found[kind, key] == (text, f"/admin/{place}/{key}/change/")
        assert moderator.get(found[kind, key][1]).status_code == 200
    for case in Case.objects.filter(target_kind="list"):
        assert found["case", str(case.pk)] == ("通報の案件：春の旅", f"/admin/spots/case/{case.pk}/change/")


def test_what_a_moderator_may_not_see_is_not_named(
    moderator: Client, one_of_each: dict[str, Any], hana: User, mori: User
) -> None:
    back = str(one_of_each["back"].pk)
    SavedList.objects.filter(pk=one_of_each["savedlist"].pk).update(visibility="private")
    found = targets(moderator)
    assert found["spot", back] == (f"スポット：なくなったか、見られない対象（{back}）", "")
    case = Case.objects.get(target_id=back)
    assert found["case", str(case.pk)][0] == f"通報の案件：なくなったか、見られない対象（{back}）"
    pages = [moderator.get(LOG), *(moderator.get(f"{LOG}{line.pk}/change/") for line in ModerationAction.objects.all())]
    for page in pages:
        assert "秘密" not in page.content.decode()
        assert "春の旅" not in page.content.decode()


def test_who_may_read_the_log_alone_reads_no_names(moderator: Client, one_of_each: dict[str, Any], mori: User) -> None:
    mori.groups.get().permissions.set(Permission.objects.filter(codename="view_moderationaction"))
    found = targets(moderator)
    assert len(found) == len(one_of_each) + Case.objects.count()
    assert {link for _text, link in found.values()} == {""}
    assert all("なくなったか、見られない対象" in text for text, _link in found.values())


def test_a_page_of_every_kind_of_target_costs_no_more_than_twelve_questions(
    moderator: Client, one_of_each: dict[str, Any], make_spot: MakeSpot, mori: User
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert moderator.get(LOG).status_code == 200
        return len(queries)

    asked()
    before = asked()
    for number in range(12):
        make_spot(f"公園{number}").hide(mori, "確認中")
    assert asked() == before <= 12


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("spot", "スポットを非表示にした：椿の小道"),
        ("back", "スポットを非表示にした：なくなったか、見られない対象（{pk}）"),
        ("comment", "コメントを非表示にした：いい所です"),
    ],
)
def test_a_line_is_titled_in_words(moderator: Client, one_of_each: dict[str, Any], kind: str, title: str) -> None:
    row = one_of_each[kind]
    line = ModerationAction.objects.get(target_id=str(row.pk), verb="hide")
    page = Page(moderator.get(f"{LOG}{line.pk}/change/"))
    assert title.format(pk=row.pk) in page.texts("h2")
    assert "hide" not in page.text


def test_verbs_with_an_object_of_their_own_and_cases_are_titled_in_words(
    moderator: Client, one_of_each: dict[str, Any], hana: User, mori: User
) -> None:
    suspended = ModerationAction.record(mori, "suspend", hana, "", "〜2030-01-01 00:00", "宣伝")
    settled = ModerationAction.objects.get(target_id=str(Case.objects.get(target_kind="list").pk), verb="done")
    for line, title in ((suspended, f"利用を停止した：{hana}"), (settled, "案件を対応済みにした：春の旅")):
        assert title in Page(moderator.get(f"{LOG}{line.pk}/change/")).texts("h2")


def test_the_reason_comes_before_the_states(moderator: Client, one_of_each: dict[str, Any]) -> None:
    heads = [text.strip() for text in Page(moderator.get(LOG)).texts("th", scope="col")]
    assert heads == ["日時", "した人", "したこと", "対象", "理由", "前の状態", "後の状態"]
