"""The admin's door: for whoever is not staff there is nothing below /admin/, by any address or method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from accounts.models import User
from machipoke.admin import site
from tests import second_factor
from tests.markup import Page, without_tokens

SignIn = Callable[[User], Client]


def addresses() -> Iterator[str]:
    """One address of every route of the admin, filled with a key that leads nowhere."""

    def walk(patterns: list[Any], prefix: str) -> Iterator[str]:
        for pattern in patterns:
            route = prefix + _filled(str(pattern.pattern))
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                yield route

    return walk(site.get_urls(), "/admin/")


def _filled(route: str) -> str:
    for part in ("<path:object_id>", "<path:content_type_id>", "<int:content_type_id>"):
        route = route.replace(part, "1")
    if route.startswith("^"):
        return "spots/" if "app_label" in route else ""
    return "nowhere" if "(?P<url>" in route else route


ADDRESSES = sorted(set(addresses()))
HEADERS = ("Cache-Control", "Vary", "Set-Cookie", "Content-Type", "WWW-Authenticate", "Location")


def test_the_walk_finds_the_lists_and_forms() -> None:
    assert {"/admin/", "/admin/login/", "/admin/spots/spot/", "/admin/spots/spot/1/change/"} <= set(ADDRESSES)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_finds_nothing_and_nothing_tells_it_from_nothing(method: str, db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    nothing = getattr(client, method)("/no-such-page/")
    assert nothing.status_code == 404
    for address in ADDRESSES:
        answer = getattr(client, method)(address)
        assert answer.status_code == 404, address
        assert [answer.headers.get(name) for name in HEADERS] == [nothing.headers.get(name) for name in HEADERS]
        assert "csrfmiddlewaretoken" not in answer.content.decode()
        assert not answer.cookies


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options"])
@pytest.mark.parametrize("who", ["stranger", "visitor", "made-up cookie"])
@pytest.mark.parametrize("address", ["/admin", "/admin?next=/", "/admin/", "/admin/login/", "/admin/spots/spot"])
def test_the_admin_answers_byte_for_byte_like_nothing(ren: User, method: str, address: str, who: str) -> None:
    """Without a route of its own Django would send `/admin` on to the one with the slash, and so say there is one."""
    client = Client(enforce_csrf_checks=True)
    if who == "visitor":
        client.force_login(ren)
    answers = []
    for path in (address, address.replace("admin", "nimda")):  # of one length, for Content-Length
        if who == "made-up cookie":
            client.cookies["sessionid"] = "a" * 32
        answers.append(getattr(client, method)(path))
    there, nothing = answers
    assert (there.status_code, _body(there)) == (404, _body(nothing))
    assert _told(there) == _told(nothing)


def _body(answer: Any) -> bytes:
    """Without the address that was asked for, which the page repeats."""
    return without_tokens(answer).replace(f'{answer.request["PATH_INFO"]}"'.encode(), b'"')


def _told(answer: Any) -> dict[str, str]:
    """Without what differs from one request to the next, wherever they go."""
    differs = ("X-Request-ID", "RateLimit-Remaining", "RateLimit-Reset")
    return {name: value for name, value in answer.headers.items() if name not in differs}


def test_staff_may_leave_out_the_slash(mori: User, sign_in: SignIn) -> None:
    assert sign_in(mori).get("/admin").headers["Location"] == "/admin/"


NOBODIES = ["visitor", "suspended moderator", "demoted moderator", "closed moderator", "out of the group", "no digits"]


@pytest.mark.parametrize("who", NOBODIES)
def test_whoever_may_not_moderate_finds_nothing(ren: User, mori: User, sign_in: SignIn, who: str) -> None:
    person = ren if who == "visitor" else mori
    client = sign_in(person)
    changes: dict[str, dict[str, Any]] = {
        "suspended moderator": {"suspended_until": timezone.now() + timedelta(days=1)},
        "demoted moderator": {"is_staff": False},
        "closed moderator": {"is_active": False},
    }
    User.objects.filter(pk=person.pk).update(**changes.get(who, {"bio": ""}))
    if who == "out of the group":
        mori.groups.clear()
    if who == "no digits":
        Authenticator.objects.filter(user=mori).delete()
    assert {client.get(address).status_code for address in ADDRESSES} == {404}
    assert client.post("/admin/login/", {"username": person.username, "password": "x"}).status_code == 404


def test_the_first_list_is_the_one_that_waits_for_a_moderator(mori: User, sign_in: SignIn) -> None:
    lists = [link for link in Page(sign_in(mori).get("/admin/")).links() if link.startswith("/admin/spots/")]
    assert lists[:2] == ["/admin/spots/", "/admin/spots/case/"]


def test_there_is_no_sign_in_form_in_the_admin(mori: User, sign_in: SignIn) -> None:
    assert sign_in(mori).get("/admin/login/").headers["Location"] == "/admin/"


def test_staff_need_a_csrf_token(mori: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(mori)
    assert client.post("/admin/spots/spot/", {"action": "hide"}).status_code == 403
    assert client.post("/admin/logout/").status_code == 403
    token = client.get("/admin/").context["csrf_token"]
    answer = client.post("/admin/logout/", {"csrfmiddlewaretoken": str(token)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/admin/").status_code == 404


def test_the_admin_speaks_japanese_in_script_too_and_sends_passwords_to_the_account(
    mori: User, sign_in: SignIn
) -> None:
    client = sign_in(mori)
    assert "gettext" in client.get("/admin/jsi18n/").content.decode()
    assert client.get("/admin/password_change/").headers["Location"].startswith("/accounts/password/")


def test_moderators_hold_exactly_the_rights_their_work_needs(mori: User) -> None:
    assert not mori.is_superuser
    assert mori.get_all_permissions() == {
        *("accounts.view_user", "accounts.change_user", "spots.view_spot", "spots.change_spot"),
        *(
            "spots.view_comment",
            "spots.change_comment",
            "spots.view_report",
            "spots.change_report",
            "spots.view_case",
            "spots.change_case",
        ),
        *("spots.view_spotphoto", "spots.change_spotphoto", "spots.view_attachment", "spots.change_attachment"),
        *("spots.view_savedlist", "spots.view_saveditem", "spots.view_tag", "spots.change_tag"),
        *("spots.view_category", "spots.merge_category", "spots.view_moderationaction"),
    }


def test_staff_pages_are_kept_by_nobody_and_are_japanese(mori: User, sign_in: SignIn) -> None:
    page = sign_in(mori).get("/admin/")
    assert "no-store" in page.headers["Cache-Control"]
    assert "private" in page.headers["Cache-Control"]
    assert 'lang="ja"' in page.content.decode()
    assert "マチポケ" in page.content.decode()


def test_moderators_see_no_groups_and_superusers_do(mori: User, sign_in: SignIn) -> None:
    assert sign_in(mori).get("/admin/auth/group/").status_code == 403
    boss = second_factor.superuser()
    assert sign_in(boss).get("/admin/auth/group/").status_code == 200
