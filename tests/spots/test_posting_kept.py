"""A session that ends while somebody writes costs nothing: the text is there again after signing in."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from spots.models import Spot
from tests.markup import Page
from tests.spots.test_pages_editing import typed_again
from tests.spots.typed import form

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]
PASSWORD = "tsubaki-no-michi"


@pytest.fixture(autouse=True)
def _verified(hana: User) -> None:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)


def sign_in_by_form(client: Client, came_to: str) -> str:
    """Go through the page one was sent to; where it leads afterwards."""
    target = urlsplit(came_to)
    assert target.path == "/accounts/login/"
    typed = {"login": "hana", "password": PASSWORD, "next": parse_qs(target.query)["next"][0]}
    return str(client.post("/accounts/login/", typed)["Location"])


@pytest.mark.parametrize("path", ["/spots/new/", "{edit}"])
def test_the_text_comes_back_after_signing_in(client: Client, hana: User, make_spot: MakeSpot, path: str) -> None:
    url = path.format(edit=f"{make_spot(created_by=hana).get_absolute_url()}edit/")
    sent = form(description="一行目\r\n二行目", tags="桜 川", version="1")
    back = sign_in_by_form(client, client.post(url, sent)["Location"])
    assert back == url
    page = Page(client.get(back))
    again = typed_again(page)
    for name in ("name", "category", "latitude", "longitude", "tags", "address"):
        assert again[name] == sent[name]
    assert again["description"].split() == ["一行目", "二行目"]
    assert "書いた内容は残っています。" in page.text
    before = Spot.objects.count()
    answer = client.post(url, again)
    assert (answer.status_code, Spot.objects.count()) == (302, before + (url == "/spots/new/"))
    assert Spot.objects.filter(name=sent["name"], description="一行目\n二行目").exists()


def test_a_session_that_was_ended_elsewhere_is_no_different(sign_in: SignIn, hana: User) -> None:
    client = sign_in(hana)
    hana.end_all_sessions()
    back = sign_in_by_form(client, client.post("/spots/new/", form())["Location"])
    assert typed_again(Page(client.get(back)))["name"] == "足羽川の桜並木"


def test_it_comes_back_once_and_only_on_its_own_page(client: Client, hana: User, make_spot: MakeSpot) -> None:
    other = f"{make_spot(created_by=hana).get_absolute_url()}edit/"
    sign_in_by_form(client, client.post("/spots/new/", form())["Location"])
    assert typed_again(Page(client.get(other)))["name"] == "中央公園"
    assert typed_again(Page(client.get("/spots/new/")))["name"] == "足羽川の桜並木"
    assert typed_again(Page(client.get("/spots/new/")))["name"] == ""


def test_another_person_at_the_same_machine_does_not_get_it_without_signing_in(client: Client, hana: User) -> None:
    client.post("/spots/new/", form(name="秘密の場所"))
    assert "秘密の場所" not in client.get("/accounts/login/").content.decode()
    assert client.get("/spots/new/").status_code == 302


def test_the_next_person_at_a_shared_machine_does_not_get_it(client: Client, hana: User, ren: User) -> None:
    EmailAddress.objects.create(user=ren, email=ren.email, verified=True, primary=True)
    client.post("/spots/new/", form(writer="hana"))
    client.post("/accounts/login/", {"login": "ren", "password": "kawara-no-kaze", "next": "/spots/new/"})
    page = Page(client.get("/spots/new/"))
    assert typed_again(page)["name"] == ""
    assert page.one("input", name="writer").get("value") == "ren"


def test_after_an_hour_it_is_another_sitting(client: Client, hana: User) -> None:
    back = sign_in_by_form(client, client.post("/spots/new/", form(writer="hana"))["Location"])
    session = client.session
    session["kept_form"] |= {"at": time.time() - 3601}
    session.save()
    assert typed_again(Page(client.get(back)))["name"] == ""


def test_a_token_that_is_too_old_shows_what_was_typed_and_sends_nothing(hana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hana)
    answer = client.post("/spots/new/", form(description="<b>一行目", csrfmiddlewaretoken="x"))
    page = Page(answer)
    assert (answer.status_code, Spot.objects.count()) == (403, 0)
    texts = [box.text.strip() for box in page.all("textarea") if box.text]
    assert {"足羽川の桜並木", "<b>一行目"} <= set(texts)
    assert all("readonly" in box.attrib for box in page.all("textarea"))
    assert page.all("form", method="post") == []
    secret = client.post("/accounts/login/", {"login": "hana", "password": PASSWORD})
    assert PASSWORD not in secret.content.decode()


def test_a_flood_is_not_kept(client: Client, hana: User) -> None:
    back = sign_in_by_form(client, client.post("/spots/new/", form(description="あ" * 100_000))["Location"])
    assert typed_again(Page(client.get(back)))["name"] == ""


@pytest.mark.parametrize("path", ["edit/", "delete/", "restoration/"])
def test_signed_out_nobody_learns_which_spots_there_are(
    client: Client, hana: User, make_spot: MakeSpot, path: str
) -> None:
    known = make_spot(created_by=hana, state="hidden").get_absolute_url()
    unknown = "/spots/00000000-0000-4000-8000-000000000000/"
    for method in (client.get, client.post):
        answers = [method(f"{url}{path}") for url in (known, unknown)]
        assert [answer.status_code for answer in answers] == [302, 302]
        places = [answer["Location"].replace(url, "") for answer, url in zip(answers, (known, unknown), strict=True)]
        assert places[0] == places[1]


def test_a_look_at_the_headers_does_not_take_the_text(client: Client, hana: User) -> None:
    client.post("/spots/new/", form(description="一行目"))
    client.force_login(hana)
    client.head("/spots/new/")
    assert "一行目" in client.get("/spots/new/").content.decode()
