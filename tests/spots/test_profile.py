"""A person's page: three tabs for everyone, and for oneself what is not public, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from spots.models import Comment, Draft, SavedList, Spot
from tests.markup import Page

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]
URL = "/users/hana/"


def said(spot: Spot, author: User, body: str) -> Comment:
    comment = Comment(spot=spot, author=author, body=body)
    comment.post()
    return comment


def section(page: Page, name: str) -> str:
    """The words of the section under that heading; empty where there is none."""
    return " ".join(page.texts("section", **{"aria-labelledby": name}))


@pytest.mark.parametrize(
    ("show", "current"), [("", "スポット"), ("lists", "リスト"), ("comments", "コメント"), ("x", "スポット")]
)
def test_tabs_are_links_and_the_open_one_is_marked(client: Client, hana: User, show: str, current: str) -> None:
    page = Page(client.get(f"{URL}?show={show}" if show else URL))
    tabs = page.one("nav", **{"class": "tabs"})
    assert [tab.get("href") for tab in tabs] == [URL, f"{URL}?show=lists", f"{URL}?show=comments"]
    assert [tab.text for tab in tabs if tab.get("aria-current") == "page"] == [current]
    assert page.faults == []
    assert len(page.all("h1")) == 1


def test_the_tab_of_lists_has_what_the_viewer_may_list(client: Client, hana: User, ren: User, sign_in: SignIn) -> None:
    for visibility in ("private", "link", "public"):
        SavedList.objects.create(owner=hana, title=visibility, visibility=visibility)
    url = f"{URL}?show=lists"
    assert Page(client.get(url)).texts("h3") == Page(sign_in(ren).get(url)).texts("h3") == ["public"]
    own = Page(sign_in(hana).get(url))
    assert sorted(own.texts("h3")) == ["link", "private", "public"]
    assert "/lists/new/" in own.links()


def test_the_tab_of_comments_has_published_ones_under_visible_spots(
    client: Client, make_spot: MakeSpot, hana: User, ren: User, mori: User, sign_in: SignIn
) -> None:
    spot, secret = make_spot("丸岡城"), make_spot("秘密の場所")
    kept = said(spot, hana, "春がいい")
    said(spot, hana, "隠す言葉").hide(mori, "個人情報")
    said(spot, hana, "消す言葉").delete_softly()
    said(spot, ren, "蓮の言葉")
    said(secret, hana, "見えない所の言葉")
    secret.hide(mori, "確認のため")
    for visitor in (client, sign_in(ren)):
        page = Page(visitor.get(f"{URL}?show=comments"))
        assert section(page, "said").startswith("コメント 丸岡城")
        assert "春がいい" in page.text
        assert f"/comments/{kept.pk}/" in page.links()
        for words in ("隠す言葉", "消す言葉", "蓮の言葉", "見えない所の言葉", "秘密の場所", "個人情報"):
            assert words not in page.text


def test_comments_have_pages(client: Client, make_spot: MakeSpot, hana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spots.paging.PAGE_SIZE", 2)
    spot = make_spot()
    for number in range(3):
        said(spot, hana, f"その{number}")
    first = Page(client.get(f"{URL}?show=comments"))
    following = first.one("a", rel="next").get("href")
    assert following == "?show=comments&page=2"
    second = Page(client.get(URL + following))
    assert second.texts("p", **{"class": "text"}) == ["その0"]
    assert second.one("link", rel="canonical").get("href") == f"http://127.0.0.1:8000{URL}?show=comments&page=2"
    assert client.get(f"{URL}?show=comments&page=3").status_code == 404


def test_ones_own_page_says_why_something_is_not_public(
    client: Client, make_spot: MakeSpot, hana: User, ren: User, mori: User, sign_in: SignIn
) -> None:
    make_spot("下書きの場所", created_by=hana, state="draft")
    make_spot("待つ場所", created_by=hana, state="pending")
    make_spot("隠れた場所", created_by=hana).hide(mori, "写真に人が写っています")
    comment = said(make_spot("丸岡城"), hana, "言いすぎた言葉")
    comment.hide(mori, "言い方がきついです")
    said(Spot.objects.get(name="丸岡城"), hana, "消された言葉").delete_softly(mori, "宣伝です")
    own = Page(sign_in(hana).get(URL))
    waiting = section(own, "unpublished")
    for words in ("下書きの場所", "待つ場所", "隠れた場所", "理由：写真に人が写っています"):
        assert words in waiting
    held = section(own, "held")
    for words in ("言いすぎた言葉", "理由：言い方がきついです", "モデレーターが削除", "理由：宣伝です"):
        assert words in held
    assert "消された言葉" not in own.text
    assert section(Page(sign_in(hana).get(f"{URL}?show=comments")), "held") == held
    for visitor in (client, sign_in(ren), sign_in(mori)):
        for url in (URL, f"{URL}?show=comments"):
            page = Page(visitor.get(url))
            assert not {"写真に人が写っています", "言い方がきついです", "宣伝です"} & set(page.text.split("："))
            assert section(page, "unpublished") == section(page, "held") == section(page, "drafts") == ""


def test_ones_own_deletions_can_be_undone_and_a_moderators_cannot(
    make_spot: MakeSpot, hana: User, mori: User, sign_in: SignIn
) -> None:
    mine, theirs, old = (make_spot(name, created_by=hana) for name in ("自分で消した", "消された", "昔消した"))
    mine.delete_softly()
    theirs.delete_softly(mori, "宣伝のため")
    old.delete_softly()
    Spot.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    Spot.objects.filter(pk=mine.pk).update(deleted_at=timezone.now() - timedelta(days=10, minutes=1))
    visitor = sign_in(hana)
    page = Page(visitor.get(URL))
    deleted = section(page, "deleted")
    assert "あと 20 日" in deleted
    assert "消されたモデレーターが削除理由：宣伝のため" in deleted
    assert "昔消した" not in page.text
    [form] = [form for form in page.all("form") if "/restoration/" in form.get("action", "")]
    assert form.get("action") == f"/spots/{mine.pk}/restoration/"
    visitor.post(form.get("action", ""))
    assert Spot.objects.get(pk=mine.pk).state == "published"


def test_drafts_go_on_or_are_thrown_away(hana: User, ren: User, sign_in: SignIn) -> None:
    draft = Draft(owner=hana, typed="name=%E5%B7%9D%E3%81%AE%E9%81%93&description=x")
    draft.keep()
    Draft(owner=hana, typed="description=x").keep()
    visitor = sign_in(hana)
    page = Page(visitor.get(URL))
    assert "川の道" in section(page, "drafts")
    assert "名前のない書きかけ" in section(page, "drafts")
    assert f"/spots/new/?draft={draft.pk}" in page.links()
    assert section(Page(sign_in(ren).get(URL)), "drafts") == ""
    visitor.post(page.one("form", action=f"/drafts/{draft.pk}/delete/").get("action", ""))
    assert not Draft.objects.filter(pk=draft.pk).exists()


def test_ones_own_page_leads_to_ones_account(client: Client, hana: User, mori: User, sign_in: SignIn) -> None:
    assert {"/accounts/profile/", "/accounts/logout/"} <= set(Page(sign_in(hana).get(URL)).links())
    assert "/admin/" not in Page(sign_in(hana).get(URL)).links()
    assert "/admin/" in Page(sign_in(mori).get("/users/mori/")).links()
    for visitor in (client, sign_in(mori)):
        assert "/accounts/profile/" not in Page(visitor.get(URL)).links()


def test_the_tab_bar_marks_ones_own_page_alone(client: Client, hana: User, ren: User, sign_in: SignIn) -> None:
    def marked(visitor: Client) -> list[str | None]:
        bar = Page(visitor.get(URL)).one("nav", **{"class": "tabbar"})
        return [link.get("href") for link in bar if link.get("aria-current")]

    assert marked(sign_in(hana)) == [URL]
    assert marked(sign_in(ren)) == marked(client) == []


@pytest.mark.parametrize("show", ["", "lists", "comments"])
def test_ones_own_page_costs_the_same_however_much_is_on_it(
    make_spot: MakeSpot, hana: User, mori: User, sign_in: SignIn, show: str
) -> None:
    visitor, counts = sign_in(hana), []
    for round_ in range(2):
        for number in range(4):
            spot = make_spot(f"公開{round_}{number}", created_by=hana)
            for state in ("draft", "pending"):
                make_spot(f"{state}{number}", created_by=hana, state=state)
            make_spot(f"消した{number}", created_by=hana).delete_softly()
            said(spot, hana, "春がいい")
            said(spot, hana, "隠す").hide(mori, "理由")
            Draft(owner=hana, typed=f"name={number}").keep()
            SavedList.objects.create(owner=hana, title=f"旅{number}").add(spot)
        visitor.get(URL)
        with CaptureQueriesContext(connection) as asked:
            visitor.get(f"{URL}?show={show}")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 11


def test_one_who_closed_their_account_has_no_page(client: Client, hana: User) -> None:
    User.objects.filter(pk=hana.pk).update(is_active=False)
    assert client.get(f"{URL}?show=comments").status_code == 404
