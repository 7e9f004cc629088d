"""The queue of reports as a moderator works through it: what it shows and does, who may, and what is logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Case, Comment, ModerationAction, Report, SavedList, Spot
from tests.markup import Page, text_of
from tests.spots.said import said

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]
LIST = "/admin/spots/case/"


@pytest.fixture
def moderator(mori: User, sign_in: SignIn) -> Client:
    return sign_in(mori)


@pytest.fixture
def spot(make_spot: MakeSpot, hana: User) -> Spot:
    return make_spot("中央公園", created_by=hana)


def filed(target: Any, reason: str = "spam", **fields: Any) -> Case:
    report = Report(reason=reason, **fields)
    report.file(target)
    return report.case


def ask(client: Client, case: Case, verb: str, **answers: Any) -> Any:
    """Press the verb on the page of the case; with answers, send the page of the reason."""
    chosen = {"action": verb, "_selected_action": str(case.pk)}
    return client.post(LIST, chosen | ({"confirmed": "1"} | answers if answers else {}), follow=True)


def verbs_on(client: Client, case: Case) -> list[str]:
    page = Page(client.get(f"{LIST}{case.pk}/change/"))
    return [button.get("value", "") for button in page.all("button", name="action")]


def lines() -> list[tuple[Any, ...]]:
    fields = ("actor__username", "verb", "target_kind", "before", "after", "reason")
    return list(ModerationAction.objects.order_by("id").values_list(*fields))


# --- the list ---


def test_the_queue_names_what_it_is_about_the_oldest_open_first(
    spot: Spot, hana: User, ren: User, mori: User, moderator: Client
) -> None:
    listed = SavedList.objects.create(owner=hana, title="花の旅", visibility="link")
    cases = [filed(spot), filed(said(spot, ren, "ひどい言葉です")), filed(ren), filed(listed)]
    filed(spot, "closed")
    for age, case in zip((3, 5, 1, 9), cases, strict=True):
        Case.objects.filter(pk=case.pk).update(opened_at=timezone.now() - timedelta(days=age, minutes=1))
    cases[3].settle("done", mori, "確認して対応した")
    Case.objects.filter(pk=cases[3].pk).update(opened_at=timezone.now() - timedelta(days=9))
    page = Page(moderator.get(LIST))
    rows = [[text_of(cell) for cell in row][1:] for row in page.one("table", id="result_list").iter("tr")][1:]
    assert rows == [
        ["ひどい言葉です", "コメント", "1", "5日", "未対応", "宣伝・スパム"],
        ["中央公園", "スポット", "2", "3日", "未対応", "閉店・移転している"],
        ["蓮 (@ren)", "利用者", "1", "1日", "未対応", "宣伝・スパム"],
        ["花の旅", "保存リスト", "1", "—", "対応済み", "宣伝・スパム"],
    ]


@pytest.mark.parametrize(
    ("query", "names"), [("state__exact=done", ["蓮 (@ren)"]), ("target_kind__exact=spot", ["中央公園"])]
)
def test_the_queue_is_narrowed_by_state_and_kind(
    spot: Spot, ren: User, mori: User, moderator: Client, query: str, names: list[str]
) -> None:
    filed(spot)
    filed(ren).settle("done", mori, "確認して対応した")
    shown = moderator.get(f"{LIST}?{query}")
    assert [str(case.subject) for case in shown.context["cl"].result_list] == names


def test_a_receipt_finds_its_case_however_it_is_typed(spot: Spot, ren: User, moderator: Client) -> None:
    case, _other = filed(spot), filed(ren)
    receipt = case.reports.get().receipt
    for word in (receipt, receipt.lower(), receipt.replace("-", "")):
        assert list(moderator.get(LIST, {"q": word}).context["cl"].result_list) == [case]
    assert list(moderator.get(LIST, {"q": "ZZZZ-ZZZZ"}).context["cl"].result_list) == []


@pytest.mark.parametrize("rows", [4, 40])
def test_the_queue_and_a_case_cost_few_queries_whatever_they_hold(
    make_spot: MakeSpot, ren: User, mori: User, moderator: Client, django_assert_max_num_queries: Any, rows: int
) -> None:
    for number in range(rows // 4):
        author = User.objects.create_user(f"author{number}", f"author{number}@example.jp")
        spot = make_spot(f"公園{number}", created_by=author)
        listed = SavedList.objects.create(owner=author, title="旅", visibility="public")
        for target in (spot, said(spot, author), author, listed):
            case = filed(target, reporter=author)
    for _number in range(rows):
        filed(spot, reporter=User.objects.create_user(f"r{_number:03}", f"r{_number}@example.jp"))
    busy = Case.objects.get(target_id=str(spot.pk))
    for path in (LIST, f"{LIST}{case.pk}/change/", f"{LIST}{busy.pk}/change/"):
        moderator.get(path)
        with django_assert_max_num_queries(13):
            moderator.get(path)


# --- the page of a case ---


def test_a_case_shows_all_that_a_decision_needs(
    make_spot: MakeSpot, spot: Spot, hana: User, ren: User, mori: User, moderator: Client
) -> None:
    make_spot("前の投稿", created_by=hana).hide(mori, "宣伝・スパム")
    said(spot, hana, "消された言葉").delete_softly(mori, "いやがらせ・差別")
    make_spot("書きかけ", created_by=hana, state="draft")  # which is for nobody, nor that there is one
    case = filed(spot, "wrong", text="地図がちがいます", reporter=ren)
    filed(spot, "other", text="名前のない通報")
    spot.hide(mori, "宣伝・スパム: 一度目")
    Spot.objects.get(pk=spot.pk).restore(mori, "申し立てを認めた")
    page = Page(moderator.get(f"{LIST}{case.pk}/change/"))
    for words in ("地図がちがいます", "名前のない通報", "内容がまちがっている", "その他"):
        assert words in page.text
    reporters = [[text_of(cell) for cell in row][3] for row in page.all("table")[1].iter("tr")][1:]
    assert sorted(reporters) == ["匿名", "蓮 (@ren)"]
    assert [[text_of(cell) for cell in row] for row in page.all("table")[0].iter("tr")][1:] == [
        ["スポット", "2", "2", "0", "1"],
        ["コメント", "1", "0", "1", "0"],
        ["写真", "0", "0", "0", "0"],
    ]
    log = [[text_of(cell) for cell in row][1:] for row in page.all("table")[2].iter("tr")][1:]
    assert log == [
        ["森 (@mori)", "元に戻した", "非表示", "公開", "申し立てを認めた"],
        ["森 (@mori)", "非表示にした", "公開", "非表示", "宣伝・スパム: 一度目"],
    ]
    assert {f"/admin/spots/spot/{spot.pk}/change/", spot.get_absolute_url()} <= set(page.links())
    assert page.texts("dd") == ["中央公園", "公開"]


def test_what_a_moderator_may_not_see_is_not_named(hana: User, spot: Spot, moderator: Client) -> None:
    listed = SavedList.objects.create(owner=hana, title="秘密の旅", visibility="link")
    cases = [filed(listed), filed(spot)]
    SavedList.objects.update(visibility="private")
    Spot.objects.update(state="draft", name="秘密の下書き")
    for path in (LIST, *(f"{LIST}{case.pk}/change/" for case in cases)):
        page = Page(moderator.get(path))
        assert "秘密" not in page.text
    assert "見られなくなった" in Page(moderator.get(LIST)).text
    assert [verbs_on(moderator, case) for case in cases] == [["done", "dismissed"], ["hide", "done", "dismissed"]]
    assert "投稿した人が下書きに戻したため" in Page(moderator.get(f"{LIST}{cases[1].pk}/change/")).text


def test_taking_a_reported_spot_back_into_a_draft_is_no_way_out(
    sign_in: Callable[[User], Client], hana: User, spot: Spot, moderator: Client
) -> None:
    case = filed(spot)
    Spot.objects.update(state="draft")
    ask(moderator, case, "hide", reason="spam")
    assert (Spot.objects.get().state, Case.objects.get().state) == ("hidden", "done")
    with pytest.raises(ValidationError):
        Spot.objects.get().edit({"state": "published"}, by=hana)
    assert "宣伝・スパム" in Page(sign_in(hana).get(spot.get_absolute_url())).text


def test_a_draft_that_never_was_public_is_out_of_a_moderators_reach(spot: Spot, moderator: Client) -> None:
    case = filed(spot)
    Spot.objects.update(state="draft", published_at=None)
    ask(moderator, case, "hide", reason="spam")
    assert (Spot.objects.get().state, Case.objects.get().state) == ("draft", "open")


def test_what_came_while_a_moderator_was_reading_is_not_settled_unread(spot: Spot, moderator: Client) -> None:
    case = filed(spot)
    asked = {"action": "dismissed", "_selected_action": str(case.pk)}
    [seen] = Page(moderator.post(LIST, asked)).all("input", name=f"seen-{case.pk}")
    filed(spot, text="あとから来た通報")
    sent = asked | {"confirmed": "1", "reason": "fine", f"seen-{case.pk}": seen.get("value", "")}
    assert "先に変わっていました" in Page(moderator.post(LIST, sent, follow=True)).text
    assert Case.objects.get().state == "open"
    moderator.post(LIST, sent | {f"seen-{case.pk}": "2"})
    assert Case.objects.get().state == "dismissed"
    # And of what was read in the same moment, only what was there.
    stale = Case.objects.get()
    filed(spot)
    Case.objects.update(state="dismissed")
    assert not stale.settle("done", User.objects.get(username="mori"), "確認した")


def test_reports_are_only_read(spot: Spot, moderator: Client) -> None:
    case = filed(spot, text="地図がちがいます")
    page = Page(moderator.get(f"{LIST}{case.pk}/change/"))
    assert page.all("textarea") == page.all("select") == []
    assert moderator.post(f"{LIST}{case.pk}/change/", {"state": "done"}).status_code == 403
    assert Case.objects.get().state == "open"


# --- verbs ---


@pytest.mark.parametrize("kind", ["spot", "comment"])
def test_hiding_from_the_case_hides_settles_logs_and_tells_the_author(
    spot: Spot, hana: User, sign_in: SignIn, moderator: Client, kind: str
) -> None:
    target: Any = spot if kind == "spot" else said(spot, hana, "ひどい言葉です")
    case = filed(target)
    assert verbs_on(moderator, case) == ["hide", "done", "dismissed"]
    page = ask(moderator, case, "hide").content.decode()
    assert str(target) in page
    assert "いやがらせ・差別" in page
    assert lines() == []
    ask(moderator, case, "hide", reason="abuse", detail="名指しです")
    reason = "いやがらせ・差別: 名指しです"
    assert lines() == [
        ("mori", "hide", kind, "published", "hidden", reason),
        ("mori", "done", "case", "open", "done", reason),
    ]
    assert (type(target).objects.get(pk=target.pk).state, Case.objects.get().state) == ("hidden", "done")
    assert reason in Page(sign_in(hana).get(spot.get_absolute_url())).text
    assert "対応しました" in Page(Client().get(f"/reports/{case.reports.get().receipt}/")).text
    assert verbs_on(moderator, case) == ["restore", "open"]
    ask(moderator, case, "restore", reason="mistake")
    assert type(target).objects.get(pk=target.pk).state == "published"
    assert verbs_on(moderator, case) == ["hide", "open"]


def test_hiding_and_settling_happen_both_or_not_at_all(
    spot: Spot, moderator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = filed(spot)

    def broken(*_args: Any) -> bool:
        raise RuntimeError("power cut")

    monkeypatch.setattr(Case, "settle", broken)
    with pytest.raises(RuntimeError):
        ask(moderator, case, "hide", reason="spam")
    assert (Spot.objects.get().state, Case.objects.get().state, lines()) == ("published", "open", [])


@pytest.mark.parametrize("who", ["user", "list"])
def test_people_and_lists_are_settled_without_hiding(hana: User, moderator: Client, who: str) -> None:
    target: Any = hana if who == "user" else SavedList.objects.create(owner=hana, title="旅", visibility="public")
    case = filed(target)
    assert verbs_on(moderator, case) == ["done", "dismissed"]
    assert "いまの状態ではできない" in ask(moderator, case, "hide", reason="spam").content.decode()
    ask(moderator, case, "dismissed", reason="fine")
    ask(moderator, case, "open", reason="news")
    ask(moderator, case, "done", reason="same")
    assert [line[1:] for line in lines()] == [
        ("dismissed", "case", "open", "dismissed", "ガイドラインに反していない"),
        ("open", "case", "dismissed", "open", "新しいことがわかった"),
        ("done", "case", "open", "done", "ほかの通報と同じ"),
    ]


@pytest.mark.parametrize("verb", ["hide", "restore", "done", "dismissed", "open"])
@pytest.mark.parametrize("answers", [{"reason": ""}, {"reason": "bored"}, {"reason": "other", "detail": " \u200b"}])
def test_no_verb_goes_without_a_reason(spot: Spot, moderator: Client, verb: str, answers: dict[str, str]) -> None:
    case = filed(spot)
    assert "errorlist" in ask(moderator, case, verb, **answers).content.decode()
    assert (Spot.objects.get().state, Case.objects.get().state, lines()) == ("published", "open", [])


@pytest.mark.parametrize("who", ["hana", "ren", "nobody", "suspended moderator", "dismissed moderator"])
def test_nobody_else_moves_or_reads_a_case(
    spot: Spot, sign_in: SignIn, hana: User, ren: User, mori: User, who: str
) -> None:
    case = filed(spot)
    client = Client() if who == "nobody" else sign_in({"hana": hana, "ren": ren}.get(who, mori))
    if who == "suspended moderator":
        mori.suspend(timezone.now() + timedelta(days=1), "宣伝")
    if who == "dismissed moderator":
        User.objects.filter(pk=mori.pk).update(is_staff=False)
    for verb in ("hide", "restore", "done", "dismissed", "open"):
        assert ask(client, case, verb, reason="spam").status_code == 404
    assert client.get(f"{LIST}{case.pk}/change/").status_code == 404
    assert (Spot.objects.get().state, Case.objects.get().state, lines()) == ("published", "open", [])


def test_staff_without_the_right_to_hide_cannot_by_way_of_a_case(spot: Spot, ren: User, sign_in: SignIn) -> None:
    from django.contrib.auth.models import Permission

    User.objects.filter(pk=ren.pk).update(is_staff=True)
    ren.user_permissions.set(Permission.objects.filter(codename__in=["view_case", "change_case"]))
    case = filed(spot)
    ask(sign_in(ren), case, "hide", reason="spam")
    assert (Spot.objects.get().state, Case.objects.get().state) == ("published", "open")


# --- threads ---


def test_a_thread_is_locked_and_opened_with_a_reason(spot: Spot, moderator: Client) -> None:
    def asked(verb: str, **answers: str) -> str:
        sent = {"action": verb, "_selected_action": str(spot.pk), "confirmed": "1"} | answers
        return moderator.post("/admin/spots/spot/", sent, follow=True).content.decode()

    assert "errorlist" in asked("lock", reason="")
    assert "1件のコメントを締め切りました" in asked("lock", reason="abuse")
    assert Spot.objects.get().comments_locked
    assert "いまの状態ではできない" in asked("lock", reason="abuse")
    asked("unlock", reason="corrected")
    assert not Spot.objects.get().comments_locked
    assert [line[1:] for line in lines()] == [
        ("lock", "spot", "unlocked", "locked", "いやがらせ・差別"),
        ("unlock", "spot", "locked", "unlocked", "直された"),
    ]


def test_locking_is_no_field_that_changes_without_a_reason(spot: Spot, moderator: Client) -> None:
    page = Page(moderator.get(f"/admin/spots/spot/{spot.pk}/change/"))
    assert page.all("input", name="comments_locked") == []


def test_moderators_are_led_into_the_panel_and_nobody_else(
    spot: Spot, hana: User, sign_in: SignIn, moderator: Client
) -> None:
    comment: Comment = said(spot, hana)
    doors = {f"/admin/spots/spot/{spot.pk}/change/", f"/admin/spots/comment/{comment.pk}/change/"}
    assert doors <= set(Page(moderator.get(spot.get_absolute_url())).links())
    for visitor in (Client(), sign_in(hana)):
        assert not doors & set(Page(visitor.get(spot.get_absolute_url())).links())


def test_what_its_author_deleted_does_not_return_past_the_moderator(
    moderator: Client, spot: Spot, hana: User, mori: User, sign_in: SignIn
) -> None:
    case, author, url = filed(spot, "abuse"), sign_in(hana), spot.get_absolute_url()
    author.post(f"{url}delete/")
    assert verbs_on(moderator, case) == ["hide", "restore", "done", "dismissed"]
    ask(moderator, case, "hide", reason="abuse")
    assert (Case.objects.get().state, Spot.objects.get().state) == ("done", "deleted")
    assert verbs_on(moderator, case) == ["restore", "open"]
    author.post(f"{url}restoration/")
    spot = Spot.objects.get()
    assert (spot.state, spot.hidden_reason) == ("hidden", "いやがらせ・差別")
    spot.restore(mori, "直された")
    assert Spot.objects.get().state == "published"
