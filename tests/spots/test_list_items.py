"""The order, notes and spots of a list, by its owner's buttons."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from spots.models import SavedItem, SavedList, Spot
from tests.markup import Page

MakeSpot = Callable[..., Spot]


class Own:
    """Hana's list with four spots, and the browser she is signed in with."""

    def __init__(self, saved: SavedList, spots: list[Spot], visitor: Client) -> None:
        self.saved, self.spots, self.visitor = saved, spots, visitor
        self.url = f"/lists/{saved.pk}/"

    def names(self) -> list[str]:
        return list(self.saved.items.values_list("spot_name", flat=True))

    def item(self, name: str) -> SavedItem:
        return self.saved.items.get(spot_name=name)

    def act(self, name: str, action: str, **sent: str) -> Any:
        return self.visitor.post(f"{self.url}items/{self.item(name).pk}/", {"action": action} | sent)

    def order(self, names: str) -> str:
        return ",".join(str(self.item(name).pk) for name in names)


@pytest.fixture
def own(make_spot: MakeSpot, hana: User, sign_in: Callable[[User], Client]) -> Own:
    saved = SavedList.objects.create(owner=hana, title="散歩")
    spots = [make_spot(name) for name in "一二三四"]
    for spot in spots:
        saved.add(spot)
    return Own(saved, spots, sign_in(hana))


def test_buttons_are_named_by_their_spot(own: Own) -> None:
    page = Page(own.visitor.get(own.url))
    names = [button.get("aria-label") for button in page.all("button") if "二" in button.get("aria-label", "")]
    assert names == ["「二」を上へ", "「二」を下へ", "「二」をリストから出す", "「二」のメモを保存"]
    assert page.texts("span", **{"class": "place"}) == ["1", "2", "3", "4"]
    assert page.faults == []


def test_up_and_down_exchange_neighbours_and_come_back_to_the_row(own: Own) -> None:
    answer = own.act("三", "up")
    assert own.names() == list("一三二四")
    assert answer["Location"] == f"{own.url}?item={own.item('三').pk}#item-{own.item('三').pk}"
    assert "open" in Page(own.visitor.get(answer["Location"])).all("details")[1].attrib
    own.act("一", "down")
    assert own.names() == list("三一二四")


@pytest.mark.parametrize(("name", "action", "said"), [("一", "up", "いちばん上"), ("四", "down", "いちばん下")])
def test_at_the_end_it_stays_and_says_so(own: Own, name: str, action: str, said: str) -> None:
    answer = own.act(name, action)
    assert own.names() == list("一二三四")
    assert said in Page(own.visitor.get(answer["Location"])).text


def test_a_note_is_written_changed_and_taken_away(own: Own) -> None:
    for note in ("朝がいい", "", "  夜\u202eも "):
        assert own.act("二", "note", note=note).status_code == 302
        assert own.item("二").note == note.replace("\u202e", "").strip()
    assert "夜も" in Page(own.visitor.get(own.url)).texts("p", **{"class": "note"})


def test_a_note_that_is_too_long_is_told_beside_it_and_kept(own: Own) -> None:
    answer = own.act("二", "note", note="長" * 201)
    page = Page(answer)
    pk = own.item("二").pk
    assert answer.status_code == 400
    assert "文字以内" in page.one("p", id=f"note-{pk}-error").text  # type: ignore[operator]
    assert page.one("input", id=f"note-{pk}").get("value") == "長" * 201
    assert own.item("二").note == ""


def test_what_is_taken_out_can_be_put_back_where_it_was(own: Own) -> None:
    own.act("二", "note", note="朝がいい")
    answer = own.act("二", "remove")
    assert own.names() == list("一三四")
    page = Page(own.visitor.get(answer["Location"]))
    assert "「二」をリストから出しました。" in page.text
    back = page.one("form", action=f"{own.url}items/")
    sent = {box.get("name"): box.get("value") for box in back.iter("input")}
    own.visitor.post(f"{own.url}items/", sent)
    assert own.names() == list("一二三四")
    assert own.item("二").note == "朝がいい"
    assert "元に戻す" not in Page(own.visitor.get(own.url)).text
    assert Spot.objects.get(name="二").save_count == 1


def test_a_spot_is_added_once(own: Own, make_spot: MakeSpot) -> None:
    spot = make_spot("五")
    for _ in range(2):
        answer = own.visitor.post(f"{own.url}items/", {"spot": str(spot.pk), "note": "橋"})
        assert answer.status_code == 302
    assert own.names() == list("一二三四五")
    assert SavedList.objects.get().item_count == 5


@pytest.mark.parametrize("together", [True, False])
def test_an_order_is_stored_as_it_was_sent(own: Own, together: bool) -> None:
    order = own.order("四二一三")
    answer = own.visitor.post(f"{own.url}items/", {"order": order if together else order.split(",")})
    assert answer["Location"] == own.url
    assert own.names() == list("四二一三")


def test_a_script_is_answered_without_a_page(own: Own) -> None:
    answer = own.visitor.post(
        f"{own.url}items/", {"order": own.order("二一三四")}, headers={"accept": "application/json"}
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert own.names() == list("二一三四")


def test_an_order_of_some_leaves_the_others_where_they_are(own: Own) -> None:
    own.visitor.post(f"{own.url}items/", {"order": own.order("四二")})
    assert own.names() == list("一四三二")


def test_strange_ids_in_an_order_change_nothing(own: Own, ren: User, make_spot: MakeSpot) -> None:
    other, _ = SavedList.objects.create(owner=ren, title="蓮の").add(make_spot("五"))
    own.visitor.post(f"{own.url}items/", {"order": f"{other.pk},9999999999999999999,{own.order('二一')}"})
    assert own.names() == list("二一三四")
    assert SavedItem.objects.get(pk=other.pk).position == 0


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("items/", {"order": "1,x"}, 400),
        ("items/", {"order": ""}, 400),
        ("items/", {}, 404),
        ("items/", {"spot": "x"}, 404),
        ("items/", {"spot": str(uuid.UUID(int=1))}, 404),
        ("items/0/", {"action": "up"}, 404),
        ("items/99999999999999999999/", {"action": "up"}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(own: Own, path: str, sent: dict[str, str], status: int) -> None:
    assert own.visitor.post(own.url + path, sent).status_code == status
    assert own.names() == list("一二三四")


def test_an_unknown_action_is_refused(own: Own) -> None:
    assert own.act("一", "publish").status_code == 400
    too_long = {"spot": str(own.spots[0].pk), "note": "長" * 201}
    assert own.visitor.post(f"{own.url}items/", too_long).status_code == 400


def test_items_of_another_list_are_out_of_reach(own: Own, ren: User, make_spot: MakeSpot) -> None:
    other, _ = SavedList.objects.create(owner=ren, title="蓮の", visibility="public").add(make_spot("五"))
    for action in ("up", "remove", "note"):
        assert own.visitor.post(f"{own.url}items/{other.pk}/", {"action": action}).status_code == 404
    assert SavedItem.objects.filter(pk=other.pk).exists()


def test_a_spot_one_may_not_see_cannot_be_added(own: Own, ren: User, make_spot: MakeSpot) -> None:
    secret = make_spot("五", created_by=ren, state="hidden")
    assert own.visitor.post(f"{own.url}items/", {"spot": str(secret.pk)}).status_code == 404
    assert own.names() == list("一二三四")


def test_whoever_opens_the_address_of_a_button_comes_to_the_list(own: Own) -> None:
    for path in ("items/", f"items/{own.item('一').pk}/"):
        assert own.visitor.get(own.url + path)["Location"] == own.url


def test_the_placeholder_of_a_spot_that_is_gone_stays_can_be_moved_and_removed(own: Own) -> None:
    own.spots[1].delete()
    own.spots[2].delete_softly()
    page = Page(own.visitor.get(own.url))
    assert len(page.all("li", **{"class": "row gone"})) == 2
    own.act("二", "up")
    assert own.names() == list("二一三四")
    for name in "二三":
        place = own.act(name, "remove")["Location"]
        told = Page(own.visitor.get(place))
        assert f"「{name}」をリストから出しました。" in told.text
        assert "元に戻す" not in told.text
    assert own.names() == list("一四")
    assert SavedList.objects.get().item_count == 2


def test_a_long_list_has_pages_and_moves_across_them(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("lists", "list_items"):
        monkeypatch.setattr(f"spots.views.{module}.ITEMS_A_PAGE", 2)
    page = Page(own.visitor.get(f"{own.url}?page=2"))
    assert page.texts("h2") == ["三", "四"]
    assert page.texts("span", **{"class": "place"}) == ["3", "4"]
    assert own.visitor.get(f"{own.url}?page=3").status_code == 404
    pk = own.item("三").pk
    assert own.act("三", "up")["Location"] == f"{own.url}?item={pk}#item-{pk}"
    assert own.act("三", "down")["Location"] == f"{own.url}?page=2&item={pk}#item-{pk}"
    own.visitor.post(f"{own.url}items/", {"order": own.order("四三")})
    assert own.names() == list("一二四三")
    own.act("四", "remove")
    assert own.act("三", "remove")["Location"] == own.url


def test_a_note_refused_on_a_later_page_is_shown_on_that_page(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spots.views.lists.ITEMS_A_PAGE", 2)
    page = Page(own.visitor.get(f"{own.url}?page=2"))
    pk = own.item("四").pk
    action = next(form.get("action", "") for form in page.all("form") if f"/{pk}/?page=2" in form.get("action", ""))
    refused = Page(own.visitor.post(action, {"action": "note", "note": "長" * 201}))
    assert refused.one("input", id=f"note-{pk}").get("value") == "長" * 201


def test_a_spot_goes_by_the_name_it_has_now(own: Own, client: Client) -> None:
    own.spots[0].edit({"name": "古民家"})
    own.saved.edit({"visibility": "public"})
    for visitor in (client, own.visitor):
        shown = visitor.get(own.url).content.decode()
        assert "古民家" in shown
        assert "「一」" not in shown
        assert 'data-name="一"' not in shown


def test_a_note_outlives_the_session(own: Own, client: Client, hana: User) -> None:
    url = f"{own.url}items/{own.item('二').pk}/"
    assert client.post(url, {"action": "note", "note": "夕方がよい"})["Location"].startswith("/accounts/login/")
    client.force_login(hana)
    page = Page(client.get(url))
    assert page.one("input", id=f"note-{own.item('二').pk}").get("value") == "夕方がよい"
    assert client.get(url)["Location"] == own.url
    assert own.item("二").note == ""


def test_a_list_that_is_full_says_so_and_takes_no_more(
    own: Own, make_spot: MakeSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spots.models.saved_list.MOST_ITEMS", 4)
    fifth = make_spot("五")
    page = Page(own.visitor.post(f"{own.url}items/", {"spot": str(fifth.pk)}, follow=True))
    assert "1つのリストに入れられるのは1,000か所までです。" in page.text
    api = own.visitor.post(f"/api/v1{own.url}items/", {"spot": str(fifth.pk)}, content_type="application/json")
    assert (api.status_code, api.json()["errors"][0]["code"]) == (400, "full")
    assert own.names() == list("一二三四")
    assert own.visitor.post(f"{own.url}items/", {"spot": str(own.spots[0].pk)}).status_code == 302
