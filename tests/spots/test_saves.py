"""「ポケットに入れる」: one press, the picker, and who may."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import SavedItem, SavedList, Spot
from tests.markup import Page

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]


def titles_with(spot: Spot) -> list[str]:
    return sorted(SavedItem.objects.filter(spot=spot).values_list("saved_list__title", flat=True))


def url_of(spot: Spot) -> str:
    return f"/spots/{spot.pk}/saves/"


def test_one_press_makes_the_usual_list_and_comes_back(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    spot, visitor = make_spot(), sign_in(hana)
    button = Page(visitor.get(spot.get_absolute_url())).one("form", method="post", action=url_of(spot))
    assert button.find("button") is not None
    answer = visitor.post(url_of(spot), follow=True)
    assert answer.redirect_chain == [(spot.get_absolute_url(), 302)]
    page = Page(answer)
    assert any("ポケットに入れました：行きたい" in text for text in page.texts("div", role="status"))
    assert page.one("a", href=url_of(spot), **{"class": "button saved"}) is not None
    assert not page.all("form", method="post", action=url_of(spot))
    assert titles_with(spot) == ["行きたい"]
    saved = SavedList.objects.get()
    assert (saved.owner, saved.is_default, saved.visibility, saved.item_count) == (hana, True, "private", 1)
    visitor.post(url_of(spot))
    assert Spot.objects.get().save_count == SavedItem.objects.count() == 1


def test_the_usual_list_goes_by_the_name_its_owner_gave_it(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    SavedList.objects.default_of(hana).edit({"title": "いつか"})
    spot = make_spot()
    assert "いつか" in Page(sign_in(hana).post(url_of(spot), follow=True)).text
    assert titles_with(spot) == ["いつか"]


def test_signed_out_the_button_is_a_link_that_leads_through_the_sign_in(client: Client, make_spot: MakeSpot) -> None:
    spot = make_spot()
    answer = client.get(spot.get_absolute_url())
    assert Page(answer).one("a", href=url_of(spot)).get("class") == "button primary"
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.content.decode()
    for reply in (client.get(url_of(spot)), client.post(url_of(spot), {"title": "旅"})):
        assert (reply.status_code, reply["Location"]) == (302, f"/accounts/login/?next={url_of(spot)}")
    assert not SavedList.objects.exists()


def test_an_ended_session_keeps_what_was_chosen(make_spot: MakeSpot, hana: User, client: Client) -> None:
    spot, saved = make_spot(), SavedList.objects.create(owner=hana, title="旅")
    client.post(url_of(spot), {"choose": "1", "list": [str(saved.pk)], "title": "雨の日", "note": "朝に"})
    client.force_login(hana)
    page = Page(client.get(url_of(spot)))
    assert page.one("input", name="title").get("value") == "雨の日"
    assert page.one("input", name="note").get("value") == "朝に"
    assert "checked" in page.one("input", name="list", value=str(saved.pk)).attrib


def test_the_picker_shows_in_which_lists_the_spot_is(
    make_spot: MakeSpot, hana: User, ren: User, sign_in: SignIn
) -> None:
    spot, other = make_spot(), make_spot("別の場所")
    walk, rain = (SavedList.objects.create(owner=hana, title=title) for title in ("散歩", "雨の日"))
    SavedList.objects.create(owner=ren, title="蓮のリスト", visibility="public").add(spot)
    rain.add(spot)
    walk.add(other)
    page = Page(sign_in(hana).get(url_of(spot)))
    checked = {box.get("value"): "checked" in box.attrib for box in page.all("input", type="checkbox")}
    assert checked == {"default": False, str(walk.pk): False, str(rain.pk): True}
    assert "蓮のリスト" not in page.text
    assert page.faults == []


def test_a_first_picker_offers_the_usual_list(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    spot, visitor = make_spot(), sign_in(hana)
    box = Page(visitor.get(url_of(spot))).one("input", type="checkbox")
    assert (box.get("value"), "checked" in box.attrib) == ("default", True)
    assert not SavedList.objects.exists()
    visitor.post(url_of(spot), {"choose": "1", "list": "default"})
    assert titles_with(spot) == ["行きたい"]


def test_choosing_sets_exactly_that(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    spot, visitor = make_spot(), sign_in(hana)
    walk, rain = (SavedList.objects.create(owner=hana, title=title) for title in ("散歩", "雨の日"))
    walk.add(spot, "橋から")
    sent = {"choose": "1", "list": [str(rain.pk)], "title": "春", "visibility": "link", "note": "夕方に"}
    answer = visitor.post(url_of(spot), sent, follow=True)
    assert "ポケットに入れました：雨の日、春" in Page(answer).text
    assert titles_with(spot) == ["春", "雨の日"]
    assert set(SavedItem.objects.values_list("note", flat=True)) == {"夕方に"}
    assert SavedList.objects.get(title="春").visibility == "link"
    assert Spot.objects.get().save_count == 2
    assert "ポケットから出しました" in Page(visitor.post(url_of(spot), {"choose": "1"}, follow=True)).text
    assert titles_with(spot) == []
    assert Spot.objects.get().save_count == 0


def test_what_is_already_in_a_list_keeps_its_note_and_place(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    spot = make_spot()
    walk = SavedList.objects.create(owner=hana, title="散歩")
    item, _ = walk.add(spot, "橋から")
    sign_in(hana).post(url_of(spot), {"choose": "1", "list": [str(walk.pk)], "note": "別のメモ"})
    assert SavedItem.objects.get() == item
    assert SavedItem.objects.get().note == "橋から"


def test_a_list_alone_adds_to_it(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    spot = make_spot()
    walk, rain = (SavedList.objects.create(owner=hana, title=title) for title in ("散歩", "雨の日"))
    walk.add(spot)
    visitor = sign_in(hana)
    visitor.post(url_of(spot), {"list": str(rain.pk)})
    visitor.post(url_of(spot), {"title": "春"})
    assert titles_with(spot) == ["散歩", "春", "雨の日"]


def test_sent_twice_makes_one_new_list(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    spot, visitor = make_spot(), sign_in(hana)
    token = Page(visitor.get(url_of(spot))).one("input", name="form_token").get("value")
    sent = {"choose": "1", "title": "春", "form_token": token}
    assert [visitor.post(url_of(spot), sent).status_code for _ in range(3)] == [302, 302, 302]
    assert titles_with(spot) == ["春"]
    again = visitor.post(url_of(spot), sent | {"title": "夏"})
    assert again.status_code == 409
    assert Page(again).one("input", name="form_token").get("value") != token
    assert Page(again).one("input", name="title").get("value") == "夏"
    assert titles_with(spot) == ["春"]


@pytest.mark.parametrize(("sent", "wrong"), [({"title": "長" * 61}, "title"), ({"note": "長" * 201}, "note")])
def test_too_long_is_told_beside_the_field_and_stores_nothing(
    make_spot: MakeSpot, hana: User, sign_in: SignIn, sent: dict[str, str], wrong: str
) -> None:
    spot = make_spot()
    answer = sign_in(hana).post(url_of(spot), {"choose": "1", "list": "default"} | sent)
    page = Page(answer)
    assert answer.status_code == 400
    assert "文字以内" in page.texts("p", id=f"id_{wrong}-error")[0]
    assert page.one("input", name=wrong).get("value") == sent[wrong]
    assert not SavedList.objects.exists()


def test_a_title_of_nothing_visible_makes_no_list(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    spot = make_spot()
    sign_in(hana).post(url_of(spot), {"choose": "1", "list": "default", "title": "\u200b\u3000"})
    assert list(SavedList.objects.values_list("title", flat=True)) == ["行きたい"]


def test_more_lists_than_a_person_may_have_are_refused_with_the_text_kept(
    make_spot: MakeSpot, hana: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spots.models.saved_list.MOST_LISTS", 2)
    spot, visitor = make_spot(), sign_in(hana)
    for title in ("一", "二"):
        assert visitor.post(url_of(spot), {"title": title}).status_code == 302
    answer = visitor.post(url_of(spot), {"choose": "1", "title": "三"})
    assert answer.status_code == 400
    assert Page(answer).one("input", name="title").get("value") == "三"
    assert titles_with(spot) == ["一", "二"]


@pytest.mark.parametrize("how", [{}, {"choose": "1"}])
def test_others_lists_are_refused(
    make_spot: MakeSpot, hana: User, ren: User, sign_in: SignIn, how: dict[str, str]
) -> None:
    spot, visitor = make_spot(), sign_in(ren)
    expected = {"public": 403, "link": 403, "private": 400 if how else 404}
    for visibility, status in expected.items():
        others = SavedList.objects.create(owner=hana, title="花のリスト", visibility=visibility)
        assert visitor.post(url_of(spot), how | {"list": str(others.pk)}).status_code == status
    for nothing in (str(uuid.uuid4()), "x"):
        assert visitor.post(url_of(spot), how | {"list": nothing}).status_code == expected["private"]
    assert not SavedItem.objects.exists()


def test_suspended_people_save_nothing(make_spot: MakeSpot, ren: User, sign_in: SignIn) -> None:
    spot, visitor = make_spot(), sign_in(ren)
    ren.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert [visitor.get(url_of(spot)).status_code, visitor.post(url_of(spot)).status_code] == [403, 403]
    assert "ポケットに入れる" not in Page(visitor.get(spot.get_absolute_url())).one("article").itertext()
    assert not SavedList.objects.exists()


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "deleted"])
def test_a_spot_one_may_not_see_cannot_be_saved(
    make_spot: MakeSpot, hana: User, ren: User, sign_in: SignIn, state: str
) -> None:
    deleted_at = timezone.now() if state == "deleted" else None
    spot = make_spot(created_by=hana, state=state, deleted_at=deleted_at)
    visitor = sign_in(ren)
    assert [visitor.get(url_of(spot)).status_code, visitor.post(url_of(spot)).status_code] == [404, 404]
    assert not SavedItem.objects.exists()


def test_cards_carry_a_button_that_needs_no_cookie(client: Client, make_spot: MakeSpot) -> None:
    spot = make_spot("丸岡城")
    form = Page(client.get("/categories/park/")).one("form", action=url_of(spot))
    assert form.get("method") is None
    button: Any = form.find("button")
    assert button.get("aria-label") == "ポケットに入れる：丸岡城"
