"""The page on which people say who they are: nothing typed is lost, nothing of somebody else is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.markup import Page, text_of
from tests.spots.threads import all_at_once

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PATH = "/accounts/profile/"


def version(client: Client, path: str = PATH) -> str:
    return Page(client.get(path)).one("input", name="version").get("value", "")


def typed(client: Client, **fields: str) -> dict[str, str]:
    return {"display_name": "花", "bio": "", "language": "ja", "version": version(client)} | fields


def bio_of(page: Page) -> str:
    """As a browser reads it: the line break after the tag does not count."""
    return (page.one("textarea", name="bio").text or "").removeprefix("\n").strip()


def test_a_profile_is_changed_and_shown(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    answer = client.post(PATH, typed(client, display_name=" 花\u202e子 ", bio="町を歩く。\r\n\r\n毎日。"))
    assert (answer.status_code, answer["Location"]) == (302, "/users/hana/")
    page = Page(client.get("/users/hana/"))
    assert page.texts("h1") == ["花子"]
    assert "プロフィールを保存しました。" in page.text
    hana.refresh_from_db()
    assert (hana.bio, hana.language, hana.username) == ("町を歩く。\n\n毎日。", "ja", "hana")


def test_the_page_shows_what_is_stored_and_leads_to_the_rest_of_the_account(hana: User, sign_in: SignIn) -> None:
    User.objects.filter(pk=hana.pk).update(bio="町を歩く。", language="en")
    answer = sign_in(hana).get(PATH)
    page = Page(answer)
    assert (answer.status_code, page.faults, page.texts("h1")) == (200, [], ["プロフィールを編集"])
    assert "no-store" in answer["Cache-Control"]
    assert (page.one("input", name="display_name").get("value"), bio_of(page)) == ("花", "町を歩く。")
    assert [option.get("value") for option in page.all("option") if option.get("selected") is not None] == ["en"]
    assert {"/accounts/email/", "/accounts/password/change/", "/accounts/logout/"} <= set(page.links())
    assert "hana@example.jp" in page.text


@pytest.mark.parametrize(
    ("path", "language", "leads_to"),
    [
        (PATH, "en", "/en/users/hana/"),
        (PATH, "ja", "/users/hana/"),
        (f"/en{PATH}", "ja", "/en/users/hana/"),
        (f"/en{PATH}", "en", "/en/users/hana/"),
    ],
)
def test_who_chooses_another_language_goes_on_in_it(
    hana: User, sign_in: SignIn, path: str, language: str, leads_to: str
) -> None:
    client = sign_in(hana)
    assert client.post(path, typed(client, language=language))["Location"] == leads_to
    assert User.objects.get().language == language


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", ""),
        ("display_name", "　 "),
        ("display_name", "\u202e\u200b"),
        ("display_name", "\u0301"),
        ("display_name", "長" * 31),
        ("display_name", "e" + "\u0301" * 200 + "x" * 31),
        ("bio", "長" * 501),
        ("language", "fr"),
        ("language", ""),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_the_rest_stays(
    hana: User, sign_in: SignIn, field: str, value: str
) -> None:
    client = sign_in(hana)
    answer = client.post(PATH, typed(client, **({"display_name": "はな", "bio": "<b>歩く</b>"} | {field: value})))
    page = Page(answer)
    assert (answer.status_code, page.faults) == (400, [])
    [error] = page.all("p", **{"class": "error"})
    assert text_of(error)
    assert error.get("id") == f"id_{field}-error"
    widget = next(e for e in page.root.iter() if e.get("name") == field)
    assert widget.get("aria-invalid") == "true"
    assert error.get("id") in widget.get("aria-describedby", "").split()
    if field != "bio":
        assert bio_of(page) == "<b>歩く</b>"
    if field != "display_name":
        assert page.one("input", name="display_name").get("value") == "はな"
    assert "はな" not in text_of(page.one("header", **{"class": "topbar"}))
    hana.refresh_from_db()
    assert (hana.display_name, hana.bio) == ("花", "")


@pytest.mark.parametrize("old", ["stale", "", "nonsense", "x" * 12])
def test_a_stale_form_shows_both_texts_and_stores_nothing(hana: User, sign_in: SignIn, old: str) -> None:
    client = sign_in(hana)
    form = typed(client, bio="ひとつめ", display_name="花花")
    if old != "stale":
        form["version"] = old
    hana.edit_profile({"bio": "ふたつめ"})
    answer = client.post(PATH, form)
    page = Page(answer)
    assert (answer.status_code, page.faults) == (409, [])
    both = text_of(page.one("section", **{"class": "both"}))
    assert all(text in both for text in ("ひとつめ", "ふたつめ", "花花", "自己紹介", "表示名"))
    assert "ことば" not in both
    assert bio_of(page) == "ひとつめ"
    assert User.objects.get().bio == "ふたつめ"
    form["version"] = page.one("input", name="version").get("value", "")
    assert client.post(PATH, form).status_code == 302
    assert User.objects.get().bio == "ひとつめ"


def test_the_same_form_sent_twice_is_stored_and_no_conflict(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    form = typed(client, bio="ひとつめ")
    assert [client.post(PATH, form).status_code for _ in range(2)] == [302, 302]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_texts_at_once_one_is_stored_and_the_others_are_shown_it(hana: User, sign_in: SignIn) -> None:
    clients = [sign_in(hana) for _ in range(6)]
    forms = [typed(client, bio=f"文{number}") for number, client in enumerate(clients)]

    def send(client: Client, form: dict[str, str]) -> Callable[[], Any]:
        return lambda: client.post(PATH, form)

    answers: Any = all_at_once([send(client, form) for client, form in zip(clients, forms, strict=True)])
    stored = User.objects.get().bio
    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 5
    assert [stored in Page(answer).text for answer in answers if answer.status_code == 409] == [True] * 5


@pytest.mark.parametrize(("prefix", "told"), [("", "書いた内容は残っています。"), ("/en", "Your text is kept.")])
def test_a_form_sent_after_the_session_ended_comes_back_after_signing_in(
    client: Client, hana: User, sign_in: SignIn, prefix: str, told: str
) -> None:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    form = typed(sign_in(hana), bio="長い文", display_name="花花")
    answer = client.post(prefix + PATH, form)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"{prefix}/accounts/login/?next={prefix}/accounts/profile/",
    )
    assert User.objects.get().bio == ""
    assert told in Page(client.get(answer["Location"])).text
    sign = {"login": "hana", "password": "tsubaki-no-michi", "next": prefix + PATH}
    back = client.post(f"{prefix}/accounts/login/", sign)["Location"]
    assert back == prefix + PATH
    page = Page(client.get(back))
    assert (bio_of(page), page.one("input", name="display_name").get("value")) == ("長い文", "花花")
    assert page.one("input", name="version").get("value") == form["version"]
    assert User.objects.get().bio == ""
    assert bio_of(Page(client.get(back))) == ""


def test_a_stranger_is_led_to_the_door_and_back(client: Client, db: None) -> None:
    assert client.get(PATH)["Location"] == "/accounts/login/?next=/accounts/profile/"
    assert client.get("/accounts/")["Location"] == PATH


def test_whoever_is_suspended_reads_why_and_changes_nothing(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    form = typed(client, bio="停止中")
    hana.suspend(timezone.now() + timedelta(days=3), "宣伝のくり返し")
    answer = client.get(PATH)
    page = Page(answer)
    assert (answer.status_code, page.faults) == (200, [])
    assert "宣伝のくり返し" in page.text
    assert not page.all("textarea")
    assert "/accounts/logout/" in page.links()
    assert client.post(PATH, form).status_code == 403
    assert User.objects.get().bio == ""


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_405(hana: User, sign_in: SignIn, method: str) -> None:
    assert getattr(sign_in(hana), method)(PATH).status_code == 405


def test_nothing_but_the_profile_is_taken_from_the_form(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    client.post(PATH, typed(client, username="admin2", email="x@example.jp", is_staff="on", session_epoch="9"))
    hana.refresh_from_db()
    assert (hana.username, hana.email, hana.is_staff, hana.session_epoch) == ("hana", "hana@example.jp", False, 0)
