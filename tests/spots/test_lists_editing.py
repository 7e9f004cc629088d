"""Making, changing and deleting lists, and the pages that show them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import SavedItem, SavedList, Spot
from tests.markup import Page

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]
NEW = "/lists/new/"


@pytest.fixture
def walk(hana: User) -> SavedList:
    return SavedList.objects.create(owner=hana, title="散歩", description="川ぞい", visibility="link")


def test_a_list_is_made_and_shown(hana: User, sign_in: SignIn) -> None:
    visitor = sign_in(hana)
    page = Page(visitor.get(NEW))
    assert [box.get("value") for box in page.all("input", type="radio")] == ["private", "link", "public"]
    assert "checked" in page.one("input", type="radio", value="private").attrib
    sent = {"title": "雨の日の福井", "description": "屋根のある所\n中心", "visibility": "public"}
    answer = visitor.post(NEW, sent, follow=True)
    saved = SavedList.objects.get()
    assert (saved.owner, saved.title, saved.description, saved.visibility) == (hana, *sent.values())
    assert answer.redirect_chain == [(f"/lists/{saved.pk}/", 302)]
    assert Page(answer).texts("h1") == ["雨の日の福井"]


def test_a_title_alone_makes_a_list_for_oneself(hana: User, sign_in: SignIn) -> None:
    sign_in(hana).post(NEW, {"title": "日記"})
    assert SavedList.objects.get().visibility == "private"


def test_english_pages_stay_english(hana: User, sign_in: SignIn) -> None:
    visitor = sign_in(hana)
    answer = visitor.post(f"/en{NEW}", {"title": "Rain"})
    assert answer["Location"] == f"/en/lists/{SavedList.objects.get().pk}/"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "\u200b\u202e"}, "title"),
        ({"title": "長" * 61}, "title"),
        ({"title": "題", "description": "長" * 501}, "description"),
        ({"title": "題", "visibility": "everyone"}, "visibility"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_the_text_kept(
    hana: User, sign_in: SignIn, sent: dict[str, str], field: str
) -> None:
    answer = sign_in(hana).post(NEW, sent)
    page = Page(answer)
    assert answer.status_code == 400
    assert page.texts("p", id=f"id_{field}-error")
    assert page.one("input", name="title").get("value", "") == sent["title"]
    assert not SavedList.objects.exists()


def test_sent_twice_is_one_list_and_going_back_to_write_another_is_told(hana: User, sign_in: SignIn) -> None:
    visitor = sign_in(hana)
    token = Page(visitor.get(NEW)).one("input", name="form_token").get("value")
    sent = {"title": "散歩", "form_token": token}
    places = {visitor.post(NEW, sent)["Location"] for _ in range(3)}
    assert places == {f"/lists/{SavedList.objects.get().pk}/"}
    other = visitor.post(NEW, sent | {"title": "別の散歩"})
    page = Page(other)
    assert other.status_code == 409
    assert page.one("input", name="title").get("value") == "別の散歩"
    fresh = page.one("input", name="form_token").get("value")
    assert visitor.post(NEW, {"title": "別の散歩", "form_token": fresh}).status_code == 302
    assert SavedList.objects.count() == 2


def test_more_than_a_person_may_have_are_refused(hana: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spots.models.saved_list.MOST_LISTS", 1)
    visitor = sign_in(hana)
    visitor.post(NEW, {"title": "一"})
    answer = visitor.post(NEW, {"title": "二"})
    assert answer.status_code == 400
    assert "200個まで" in Page(answer).text
    assert SavedList.objects.count() == 1


def test_an_edit_changes_what_was_sent(walk: SavedList, hana: User, sign_in: SignIn) -> None:
    visitor, url = sign_in(hana), f"/lists/{walk.pk}/edit/"
    page = Page(visitor.get(url))
    assert page.one("input", name="title").get("value") == "散歩"
    assert "checked" in page.one("input", type="radio", value="link").attrib
    version = page.one("input", name="version").get("value")
    visitor.post(url, {"title": "夕方の散歩", "visibility": "public", "version": version})
    walk.refresh_from_db()
    assert (walk.title, walk.description, walk.visibility) == ("夕方の散歩", "川ぞい", "public")


def test_of_two_windows_the_second_sees_both_texts(walk: SavedList, hana: User, sign_in: SignIn) -> None:
    visitor, url = sign_in(hana), f"/lists/{walk.pk}/edit/"
    version = walk.version
    visitor.post(url, {"title": "朝の散歩", "description": "川ぞい", "visibility": "link", "version": version})
    mine = {"title": "夜の散歩", "description": "川ぞい", "visibility": "public", "version": version}
    answer = visitor.post(url, mine)
    page = Page(answer)
    assert answer.status_code == 409
    both = page.one("section", **{"aria-label": "ちがうところ"})
    said = "".join(both.itertext())
    assert "朝の散歩" in said
    assert "夜の散歩" in said
    assert "川ぞい" not in said
    assert SavedList.objects.get().title == "朝の散歩"
    assert page.one("input", name="title").get("value") == "夜の散歩"
    fresh = page.one("input", name="version").get("value")
    assert visitor.post(url, mine | {"version": fresh}).status_code == 302
    assert SavedList.objects.get().title == "夜の散歩"


def test_an_edit_without_a_version_stores_nothing(walk: SavedList, hana: User, sign_in: SignIn) -> None:
    answer = sign_in(hana).post(f"/lists/{walk.pk}/edit/", {"title": "別"})
    assert answer.status_code == 400
    assert Page(answer).one("input", name="version").get("value") == walk.version
    assert SavedList.objects.get().title == "散歩"


@pytest.mark.parametrize("path", [NEW, "/lists/{}/edit/"])
def test_an_ended_session_keeps_the_text(walk: SavedList, hana: User, client: Client, path: str) -> None:
    url = path.format(walk.pk)
    answer = client.post(url, {"title": "書いた題", "description": "長い説明", "visibility": "public"})
    assert answer["Location"] == f"/accounts/login/?next={url}"
    client.force_login(hana)
    page = Page(client.get(url))
    assert page.one("input", name="title").get("value") == "書いた題"
    assert "長い説明" in page.texts("textarea", name="description")
    assert "checked" in page.one("input", type="radio", value="public").attrib
    assert "残っています" in page.text
    assert SavedList.objects.get().title == "散歩"


def test_deleting_asks_first_and_takes_the_counts_along(
    walk: SavedList, make_spot: MakeSpot, hana: User, sign_in: SignIn
) -> None:
    walk.add(make_spot())
    visitor, url = sign_in(hana), f"/lists/{walk.pk}/delete/"
    page = Page(visitor.get(url))
    assert page.texts("h1") == ["「散歩」を消しますか"]
    assert "リンクは使えなくなります" in page.text
    sent = {"form_token": page.one("input", name="form_token").get("value")}
    answers = [visitor.post(url, sent) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == ["/lists/", "/lists/"]
    assert visitor.post(url).status_code == 404
    assert not SavedItem.objects.exists()
    assert Spot.objects.get().save_count == 0


def test_the_usual_list_comes_back_with_the_next_save(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    usual, spot, visitor = SavedList.objects.default_of(hana), make_spot(), sign_in(hana)
    assert "新しく作られます" in Page(visitor.get(f"/lists/{usual.pk}/delete/")).text
    visitor.post(f"/lists/{usual.pk}/delete/")
    visitor.post(f"/spots/{spot.pk}/saves/")
    assert SavedList.objects.get().is_default


WRITES = ["/lists/{}/edit/", "/lists/{}/delete/", "/lists/{}/items/", "/lists/{}/items/{}/"]


@pytest.mark.parametrize("path", WRITES)
def test_only_the_owner_writes(
    make_spot: MakeSpot, hana: User, ren: User, mori: User, client: Client, sign_in: SignIn, path: str
) -> None:
    spot = make_spot()
    for visibility, status in {"public": 403, "link": 403, "private": 404}.items():
        saved = SavedList.objects.create(owner=hana, title="花の", visibility=visibility)
        item, _ = saved.add(spot, "朝に")
        url = path.format(saved.pk, item.pk)
        sent = {"title": "乗っ取り", "version": saved.version, "spot": str(make_spot().pk), "action": "remove"}
        for other in (sign_in(ren), sign_in(mori)):
            assert other.post(url, sent).status_code == status
            if path.endswith(("edit/", "delete/")):
                assert other.get(url).status_code == status
        assert client.post(url, sent)["Location"].startswith("/accounts/login/?next=/lists/")
        assert client.get(url).status_code == 302
        hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
        assert sign_in(hana).post(url, sent).status_code == 403
        hana.end_suspension()
        saved.refresh_from_db()
        assert (saved.title, saved.item_count, SavedItem.objects.get(pk=item.pk).note) == ("花の", 1, "朝に")


def test_suspended_people_make_no_list_and_see_no_buttons(walk: SavedList, hana: User, sign_in: SignIn) -> None:
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    visitor = sign_in(hana)
    assert [visitor.get(NEW).status_code, visitor.post(NEW, {"title": "x"}).status_code] == [403, 403]
    assert "編集する" not in Page(visitor.get(walk.get_absolute_url())).text


@pytest.mark.parametrize("path", WRITES)
def test_lists_that_are_not_there_are_404(hana: User, sign_in: SignIn, path: str) -> None:
    url = path.format(uuid.uuid4(), 1)
    assert sign_in(hana).post(url, {"title": "x", "version": "x", "action": "up"}).status_code == 404


def test_the_pocket_shows_ones_own_first_and_the_usual_list_before_all(hana: User, ren: User, sign_in: SignIn) -> None:
    usual = SavedList.objects.default_of(hana)
    SavedList.objects.create(owner=hana, title="新しい方")
    SavedList.objects.create(owner=ren, title="蓮の日記")
    SavedList.objects.filter(pk=usual.pk).update(updated_at=timezone.now() - timedelta(days=9))
    page = Page(sign_in(hana).get("/lists/"))
    assert page.texts("h3") == ["行きたい", "新しい方"]
    assert page.one("section", **{"aria-labelledby": "own"}).find(".//a[@href='/lists/new/']") is not None


def test_an_empty_pocket_has_one_thing_to_do(hana: User, sign_in: SignIn) -> None:
    page = Page(sign_in(hana).get("/lists/"))
    own = page.one("section", **{"aria-labelledby": "own"})
    assert [link.get("href") for link in own.iter("a")] == ["/lists/new/"]


@pytest.mark.parametrize(("visibility", "shares"), [("private", False), ("link", True), ("public", True)])
def test_the_owner_learns_how_to_share(hana: User, sign_in: SignIn, visibility: str, shares: bool) -> None:
    saved = SavedList.objects.create(owner=hana, title="散歩", visibility=visibility)
    page = Page(sign_in(hana).get(saved.get_absolute_url()))
    assert bool(page.all("button", **{"data-share": ""})) == shares
    assert (f"http://127.0.0.1:8000/lists/{saved.pk}/" in page.text) == shares
    assert ("あなただけに見えています" in page.text) != shares


def test_others_read_only(walk: SavedList, make_spot: MakeSpot, ren: User, client: Client, sign_in: SignIn) -> None:
    walk.add(make_spot(), "朝に")
    for visitor in (client, sign_in(ren)):
        page = Page(visitor.get(walk.get_absolute_url()))
        assert "朝に" in page.text
        assert not page.all("form", method="post")
        assert not page.all("details")
        assert f"/lists/{walk.pk}/edit/" not in page.links()


def test_a_token_of_another_form_deletes_nothing(walk: SavedList, hana: User, sign_in: SignIn) -> None:
    other = SavedList.objects.create(owner=hana, title="別")
    visitor, token = sign_in(hana), {"form_token": str(uuid.uuid4())}
    assert visitor.post(f"/lists/{walk.pk}/delete/", token).status_code == 302
    again = Page(visitor.post(f"/lists/{other.pk}/delete/", token))
    assert again.response.status_code == 409
    assert SavedList.objects.get() == other
    renewed = again.one("input", name="form_token").get("value", "")
    assert visitor.post(f"/lists/{other.pk}/delete/", {"form_token": renewed}).status_code == 302
    assert not SavedList.objects.exists()
