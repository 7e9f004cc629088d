"""Writing about a spot on the site: who may, what is refused beside its field, and two who write at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Category, Spot
from tests.markup import Page, text_of

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]

TYPED = {
    "name": "足羽川の桜並木",
    "reading": "あすわがわのさくらなみき",
    "category": "nature",
    "description": "2.2 km 続く並木です。\r\n朝が静かです。",
    "latitude": "36.0587",
    "longitude": "136.2201",
    "address": "福井県福井市つくも1丁目",
    "tags": "#桜、散歩 川",
    "opening_hours": "いつでも",
    "phone": "0776-20-5346",
    "website": "www.fuku-e.com/spot",
    "status": "open",
}


def typed_again(page: Page) -> dict[str, str]:
    """What the form on the page would send."""
    boxes = [box for box in page.all("input") if box.get("name") != "q" and box.get("type") != "image"]
    chosen = [box for box in boxes if box.get("type") != "radio" or "checked" in box.attrib]
    sent = {box.get("name", ""): box.get("value", "") for box in chosen}
    sent |= {box.get("name", ""): box.text or "" for box in page.all("textarea")}
    for choice in page.all("select"):
        sent[choice.get("name", "")] = next((o.get("value", "") for o in choice if "selected" in o.attrib), "")
    return sent


def error_beside(page: Page, field: str) -> str:
    """The message that the field points to."""
    [box] = [e for e in page.root.iter() if e.get("name") == field and e.get("id")]
    assert box.get("aria-invalid") == "true"
    assert f"id_{field}-error" in box.get("aria-describedby", "").split()
    return text_of(page.one("p", id=f"id_{field}-error"))


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", ["/spots/new/?name=a%26b", "{spot}edit/"])
def test_signed_out_people_sign_in_first_and_come_back(
    client: Client, make_spot: MakeSpot, path: str, prefix: str
) -> None:
    url = prefix + path.format(spot=make_spot().get_absolute_url())
    for answer in (client.get(url), client.post(url, TYPED)):
        target = urlsplit(answer["Location"])
        assert (answer.status_code, target.netloc, target.path) == (302, "", f"{prefix}/accounts/login/")
        assert parse_qs(target.query)["next"] == [url]
    assert Spot.objects.count() == 1


def test_a_spot_is_posted_with_all_it_says(sign_in: SignIn, hana: User) -> None:
    answer = sign_in(hana).post("/spots/new/", TYPED, follow=True)
    spot = Spot.objects.get()
    assert answer.redirect_chain == [(spot.get_absolute_url(), 302)]
    assert "公開しました。" in Page(answer).text
    assert (spot.name, spot.reading) == ("足羽川の桜並木", "アスワガワノサクラナミキ")
    assert (spot.latitude, spot.longitude, spot.category.slug) == (36.0587, 136.2201, "nature")
    assert spot.description == "2.2 km 続く並木です。\n朝が静かです。"
    assert sorted(tag.name for tag in spot.tags.all()) == ["川", "散歩", "桜"]
    assert (spot.created_by, spot.state, spot.version) == (hana, "published", 1)
    assert (spot.municipality_code, spot.website) == ("182010", "https://www.fuku-e.com/spot")


@pytest.mark.parametrize("tags", ["桜 \u200b", "\u200b,桜、\u202e", "#桜 #"])
def test_a_tag_of_which_nothing_is_stored_is_dropped(sign_in: SignIn, hana: User, tags: str) -> None:
    assert sign_in(hana).post("/spots/new/", TYPED | {"tags": tags}).status_code == 302
    assert [tag.name for tag in Spot.objects.get().tags.all()] == ["桜"]


def test_a_name_in_the_address_is_filled_in(sign_in: SignIn, hana: User) -> None:
    page = Page(sign_in(hana).get("/spots/new/?name=%E6%A9%8B%00%E2%80%AE%22%3E"))
    assert page.one("input", id="id_name").get("value") == '橋">'
    assert page.faults == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "必須"),
        ("name", "​‮", "空"),
        ("name", "あ" * 81, "80文字"),
        ("reading", "漢字", "カタカナ"),
        ("category", "no-such", "選択"),
        ("latitude", "nan", "数"),
        ("latitude", "91", "90"),
        ("longitude", "1e400", "数"),
        ("longitude", "", "両方"),
        ("phone", "でんわ", "電話番号"),
        ("website", "javascript:alert(1)", "URL"),
        ("website", "ftp://example.jp/", "URL"),
        ("description", "あ" * 4001, "4000文字"),
        ("status", "gone", "選択"),
        ("tags", " ".join("abcdefghijk"), "10個"),
        ("tags", "あ" * 31, "30文字"),
        ("tags", "桜 \u2800", "30文字"),
        ("tags", "ﷺ" * 15, "30文字"),
    ],
)
def test_what_is_refused_is_told_beside_its_field_and_nothing_typed_is_lost(
    sign_in: SignIn, hana: User, field: str, value: str, words: str
) -> None:
    answer = sign_in(hana).post("/spots/new/", TYPED | {field: value})
    page = Page(answer)
    assert (answer.status_code, page.faults) == (400, [])
    assert words in error_beside(page, field)
    kept = typed_again(page)
    assert {name: kept[name] for name in TYPED if name != field} == {
        name: typed.replace("\r\n", "\n") for name, typed in TYPED.items() if name != field
    }
    assert kept.get(field, "") in (value, "")
    assert Spot.objects.count() == 0


def test_the_summary_of_errors_links_to_the_fields(sign_in: SignIn, hana: User) -> None:
    page = Page(sign_in(hana).post("/spots/new/", TYPED | {"name": "", "phone": "x"}))
    [summary] = page.all("div", role="alert")
    links = [link.get("href") for link in summary.iter("a")]
    assert links == ["#id_name", "#id_phone"]


def test_null_island_is_refused(sign_in: SignIn, hana: User) -> None:
    page = Page(sign_in(hana).post("/spots/new/", TYPED | {"latitude": "0", "longitude": "-0.0"}))
    assert "(0, 0)" in error_beside(page, "latitude")


def test_only_authors_and_moderators_edit(
    client: Client, make_spot: MakeSpot, sign_in: SignIn, hana: User, ren: User, mori: User
) -> None:
    url = f"{make_spot('公園', created_by=hana).get_absolute_url()}edit/"
    stranger = sign_in(ren)
    for answer in (stranger.get(url), stranger.post(url, TYPED | {"version": "1"})):
        assert answer.status_code == 403
        assert Page(answer).texts("h1") == ["この操作はできません"]
    assert Spot.objects.get().name == "公園"
    assert [sign_in(person).get(url).status_code for person in (hana, mori)] == [200, 200]


def test_suspended_people_write_nothing(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    spot, visitor = make_spot("公園", created_by=hana), sign_in(hana)
    User.objects.update(suspended_until=timezone.now() + timedelta(days=1), suspended_reason="宣伝")
    for url in ("/spots/new/", f"{spot.get_absolute_url()}edit/"):
        assert visitor.get(url).status_code == 403
        assert visitor.post(url, TYPED | {"version": "1"}).status_code == 403
    assert "編集する" not in Page(visitor.get(spot.get_absolute_url())).text
    assert [spot.name for spot in Spot.objects.all()] == ["公園"]


def test_a_change_is_stored_and_counted(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    spot, visitor = make_spot(created_by=hana, tags=["古い"]), sign_in(hana)
    url = f"{spot.get_absolute_url()}edit/"
    sent = typed_again(Page(visitor.get(url))) | TYPED | {"address": "石川県金沢市丸の内1-1"}
    answer = visitor.post(url, sent)
    spot.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, spot.get_absolute_url())
    assert (spot.name, spot.version, spot.created_by) == ("足羽川の桜並木", 2, hana)
    assert sorted(tag.name for tag in spot.tags.all()) == ["川", "散歩", "桜"]
    assert spot.municipality_code == "172014"


def test_an_address_without_a_town_keeps_the_known_one(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    spot = make_spot(created_by=hana, municipality_code="182010")
    sign_in(hana).post(f"{spot.get_absolute_url()}edit/", TYPED | {"address": "つくも1丁目", "version": "1"})
    spot.refresh_from_db()
    assert (spot.address, spot.municipality_code) == ("つくも1丁目", "182010")


def test_the_town_stays_while_the_place_does(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    spot, visitor = make_spot(created_by=hana, municipality_code="182028"), sign_in(hana)
    url = f"{spot.get_absolute_url()}edit/"
    for change, code in (({"name": "東公園"}, "182028"), ({"latitude": "36.07"}, "182010")):
        assert visitor.post(url, typed_again(Page(visitor.get(url))) | change).status_code == 302
        spot.refresh_from_db()
        assert spot.municipality_code == code


def test_an_unknown_town_is_found_at_any_change(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    spot, visitor = make_spot(created_by=hana, municipality_code=""), sign_in(hana)
    url = f"{spot.get_absolute_url()}edit/"
    visitor.post(url, typed_again(Page(visitor.get(url))) | {"name": "東公園"})
    spot.refresh_from_db()
    assert (spot.name, spot.municipality_code) == ("東公園", "182010")


@pytest.mark.parametrize("sent", [{}, {"version": ""}, {"version": "0"}, {"version": "x"}])
def test_a_change_that_names_no_version_is_not_stored_over_others(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, sent: dict[str, str]
) -> None:
    spot, visitor = make_spot("公園", created_by=hana), sign_in(hana)
    Spot.objects.get(pk=spot.pk).edit({"description": "森の文"})
    url = f"{spot.get_absolute_url()}edit/"
    answer = visitor.post(url, TYPED | sent)
    page = Page(answer)
    assert (answer.status_code, page.faults) == (400, [])
    [summary] = page.all("div", role="alert")
    assert "どの版を直したものかわからない" in text_of(summary)
    assert list(summary.iter("a")) == []
    kept = typed_again(page)
    assert {name: kept[name] for name in TYPED} == {name: text.replace("\r\n", "\n") for name, text in TYPED.items()}
    assert [(row.name, row.description) for row in Spot.objects.all()] == [("公園", "森の文")]
    assert visitor.post(url, kept).status_code == 302
    assert Spot.objects.get().name == TYPED["name"]


def test_fields_that_are_not_on_the_form_cannot_be_set(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, ren: User
) -> None:
    extra = {"state": "hidden", "created_by": str(ren.pk), "hidden_gem_score": "99", "save_count": "9", "id": "x"}
    spot = make_spot(created_by=hana)
    sign_in(hana).post(f"{spot.get_absolute_url()}edit/", TYPED | extra | {"version": "1"})
    sign_in(hana).post("/spots/new/", TYPED | extra)
    for stored in Spot.objects.all():
        assert (stored.state, stored.created_by, stored.hidden_gem_score, stored.save_count) == (
            "published",
            hana,
            None,
            0,
        )


def both(make_spot: MakeSpot, sign_in: SignIn, hana: User, mori: User) -> tuple[Spot, Any, dict[str, str]]:
    """hana opens the form, mori stores first, hana sends hers."""
    spot, visitor = make_spot("公園", created_by=hana, description="前の文", phone="0776-1"), sign_in(hana)
    url = f"{spot.get_absolute_url()}edit/"
    sent = typed_again(Page(visitor.get(url))) | {"description": "花の文\r\n二行目"}
    Spot.objects.get(pk=spot.pk).edit({"description": "森の文", "phone": "0776-2"})
    return spot, visitor.post(url, sent), sent


def test_who_comes_second_sees_both_texts_and_loses_nothing(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, mori: User
) -> None:
    spot, answer, sent = both(make_spot, sign_in, hana, mori)
    page = Page(answer)
    assert (answer.status_code, page.faults, len(page.all("h1"))) == (409, [], 1)
    pairs = [
        [text_of(part) for part in pair.iter() if part.get("class") != "meta" and part.tag in ("h2", "p")]
        for pair in page.all("div", **{"class": "pair"})
    ]
    assert pairs == [
        ["説明", "森の文", "花の文 二行目"],
        ["電話", "0776-2", "0776-1"],
    ]
    kept = typed_again(page)
    assert kept | {"csrfmiddlewaretoken": ""} == sent | {
        "csrfmiddlewaretoken": "",
        "description": "花の文\n二行目",
        "version": "2",
    }
    spot.refresh_from_db()
    assert spot.description == "森の文"


def test_only_what_differs_in_meaning_is_put_side_by_side(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    spot = make_spot("公園", created_by=hana, tags=["桜", "川"], reading="コウエン", latitude=36.5)
    Spot.objects.get(pk=spot.pk).edit({"category": Category.objects.get(slug="cafe")})
    sent = {"name": "公園 ", "reading": "こうえん", "tags": "#川、桜", "latitude": "36.500", "longitude": "136.2196"}
    same = {"address": spot.address, "category": "park", "status": "open", "version": "1"}
    page = Page(sign_in(hana).post(f"{spot.get_absolute_url()}edit/", sent | same))
    [pair] = page.all("div", **{"class": "pair"})
    assert [text_of(part) for part in pair.iter("p")][1::2] == ["カフェ", "公園・遊ぶ"]


def test_sent_again_it_is_stored_on_top(make_spot: MakeSpot, sign_in: SignIn, hana: User, mori: User) -> None:
    spot, answer, _sent = both(make_spot, sign_in, hana, mori)
    again = answer.wsgi_request.path, typed_again(Page(answer))
    assert sign_in(hana).post(*again).status_code == 302
    spot.refresh_from_db()
    assert (spot.description, spot.phone, spot.version) == ("花の文\n二行目", "0776-1", 3)
    assert sign_in(hana).post(*again).status_code == 409


def test_a_spot_that_vanishes_while_it_is_written_is_404(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    spot, visitor = make_spot(created_by=hana), sign_in(hana)
    whole = Spot.full_clean

    def deleted_meanwhile(self: Spot, *args: Any, **kwargs: Any) -> None:
        whole(self, *args, **kwargs)
        Spot.objects.filter(pk=spot.pk).delete()

    monkeypatch.setattr(Spot, "full_clean", deleted_meanwhile)
    assert visitor.post(f"{spot.get_absolute_url()}edit/", TYPED | {"version": "1"}).status_code == 404


def test_a_form_is_never_kept_or_listed_by_a_search_engine(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    spot = make_spot(created_by=hana)
    for url in ("/spots/new/", f"{spot.get_absolute_url()}edit/"):
        answer = sign_in(hana).get(url)
        page = Page(answer)
        assert (answer["Cache-Control"], page.faults, len(page.all("h1"))) == ("private, no-store", [], 1)
        assert page.one("meta", name="robots").get("content") == "noindex"
