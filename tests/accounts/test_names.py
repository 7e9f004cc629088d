"""Names that pass for the site's own, or mix alphabets, are refused by every door; ordinary Japanese ones are not."""

from __future__ import annotations

import io
from collections.abc import Callable
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from tests.markup import Page, text_of

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PASSWORD = "yama-no-koe-42"

ORDINARY = [
    *("花 Hana", "Café巡り", "ことり🐦", "A.B. 商店", "(´・ω・`)", "花д", "αβγ", "Павел", "김花 Kim", "髙﨑", "me"),
    *("非公式ガイド", "運営に怒る人", "マチポケ好き", "チーム花", "Support Ukraine", "モデル", "葛󠄀城"),
]
OFFICIAL = [
    *("運営", "運 営", "公式", "マチポケ", "まちぽけ公式", "マチポケの運営チーム", "管理人", "退会した人", "スタッフ"),
    *("モデレーター", "ﾓﾃﾞﾚｰﾀｰ", "もでれーたー", "モデレ一タ一", "モデレ-タ-", "モデ・レーター", "モデ\u200bレーター"),
    *("Ａｄｍｉｎ", "ádmin", "adm1n", "@dmin", "ⓐⓓⓜⓘⓝ", "🅰🅳🅼🅸🅽", "ᴀᴅᴍɪɴ", "0fficial", "аԁміп"),
    *("花（公式）", "森 モデレーター", "Hana / Official", "Bob the admin"),
]
MIXED = ["Hаna", "Hαna", "Ηana 花", "раypal花x", "Hana Հ"]


def errors_of(sign_in: SignIn, person: User, name: str) -> list[str]:
    answer = sign_in(person).patch("/api/v1/me/", {"display_name": name}, content_type="application/json")
    person.refresh_from_db()
    return [error["code"] for error in answer.json()["errors"]] if answer.status_code == 400 else []


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_name_passes(sign_in: SignIn, hana: User, name: str) -> None:
    assert errors_of(sign_in, hana, name) == []
    assert hana.display_name == name


@pytest.mark.parametrize("name", OFFICIAL)
def test_a_name_that_passes_for_the_sites_is_refused(sign_in: SignIn, hana: User, name: str) -> None:
    assert errors_of(sign_in, hana, name) == ["reserved"]
    assert hana.display_name == "花"


@pytest.mark.parametrize("name", MIXED)
def test_two_alphabets_in_one_name_are_refused(sign_in: SignIn, hana: User, name: str) -> None:
    assert errors_of(sign_in, hana, name) == ["mixed"]


def test_people_share_names_and_staff_may_be_called_what_they_are(sign_in: SignIn, ren: User, mori: User) -> None:
    assert errors_of(sign_in, ren, "森") == []
    assert errors_of(sign_in, mori, "森（モデレーター）") == []
    assert errors_of(sign_in, mori, "Mоri") == ["mixed"]


def test_the_profiles_page_says_so_beside_the_field(sign_in: SignIn, hana: User) -> None:
    typed = {"display_name": "マチポケ公式", "bio": "", "language": "ja"}
    page = Page(sign_in(hana).post("/accounts/profile/", typed))
    assert page.response.status_code == 400
    [error] = [text_of(p) for p in page.all("p", id="id_display_name-error")]
    assert "まぎらわしい" in error


@pytest.mark.parametrize(
    "name",
    [
        *("adm1n", "0fficial", "m0derator", "ad_min", "a-p-i", "STAFF", "he1p", "us3r", "tearn", "rnail", "ro0t"),
        *("hana-official", "moderator_x", "machipoke-team", "MachipokeOfficial", "ａｄｍｉｎ"),
    ],
)
def test_a_user_name_like_a_reserved_one_is_refused_at_sign_up(client: Client, name: str) -> None:
    typed = {"username": name, "email": "x@example.jp", "password1": PASSWORD, "password2": PASSWORD}
    page = Page(client.post("/accounts/signup/", typed))
    assert page.response.status_code == 200
    assert "使えません" in text_of(page.one("p", id="id_username-error"))


@pytest.mark.parametrize("name", ["the-cat", "sqlite", "clara", "modemator", "site_7", "1984", "kanri"])
def test_an_ordinary_user_name_passes(client: Client, name: str) -> None:
    typed = {"username": name, "email": "x@example.jp", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/signup/", typed).status_code == 302


def test_sign_up_refuses_a_display_name_too(client: Client) -> None:
    typed = {"username": "kawa", "email": "x@example.jp", "password1": PASSWORD, "password2": PASSWORD}
    page = Page(client.post("/accounts/signup/", typed | {"display_name": "運営事務局"}))
    assert "まぎらわしい" in text_of(page.one("p", id="id_display_name-error"))


def test_create_user_gives_a_title_to_staff_alone() -> None:
    words = ("create_user", "kawa", "--email", "kawa@example.jp", "--display-name", "川（モデレーター）")
    with mock.patch("sys.stdin", io.StringIO(f"{PASSWORD}\n")), pytest.raises(CommandError, match="表示名"):
        call_command(*words)
    with mock.patch("sys.stdin", io.StringIO(f"{PASSWORD}\n")):
        call_command(*words, "--moderator", stdout=io.StringIO())
    assert User.objects.get().display_name == "川（モデレーター）"
