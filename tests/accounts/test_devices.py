"""The list of devices on which one is signed in, and ending one or all the others."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.agents import device_name
from accounts.models import User
from tests.markup import Page, text_of

LIST = "/accounts/sessions/"
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1"
)
AGENTS = {
    WINDOWS: "Chrome・Windows",
    IPHONE: "Safari・iPhone",
    WINDOWS + " Edg/142.0.0.0": "Edge・Windows",
    WINDOWS + " OPR/124.0.0.0": "Opera・Windows",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0": "Firefox・Windows",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox・Linux",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Safari/605.1.15": "Safari・Mac",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
    "Safari/537.36": "Chrome・ChromeOS",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile "
    "Safari/537.36": "Chrome・Android",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 "
    "Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet・Android",
    "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0": "Firefox・Android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1": "Chrome・iPhone",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "FxiOS/145.0 Mobile/15E148 Safari/605.1.15": "Firefox・iPhone",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 Safari Line/15.17.0": "LINE・iPhone",
    "Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 "
    "Mobile/15E148 Safari/604.1": "Safari・iPad",
    "curl/8.14.1": "curl",
    "": "不明な端末",
    "<script>alert(1)</script>": "不明な端末",
}


@pytest.mark.parametrize(("agent", "name"), AGENTS.items())
def test_a_device_has_the_name_that_people_give_it(agent: str, name: str) -> None:
    assert device_name(agent) == name


def browser_of(person: User, agent: str = WINDOWS, address: str = "127.0.0.1") -> Client:
    """Signed in there."""
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    client.force_login(person)
    UserSession.objects.filter(session_key=client.session.session_key).update(user_agent=agent)
    return client


def is_in(client: Client) -> bool:
    status: int = client.get("/accounts/profile/").status_code
    assert status in (200, 302)
    return status == 200


def entries(client: Client) -> list[Any]:
    page = Page(client.get(LIST))
    assert page.faults == []
    return page.one("ul", **{"class": "devices"}).findall("li")


def test_each_device_has_its_name_and_times_and_this_one_is_marked(hana: User) -> None:
    here, there = browser_of(hana), browser_of(hana, IPHONE)
    now = timezone.now()
    key = there.session.session_key
    UserSession.objects.filter(session_key=key).update(
        created_at=now - timedelta(days=3), last_seen_at=now - timedelta(hours=2)
    )
    mine, other = [text_of(entry) for entry in entries(here)]
    assert "Chrome・Windows この端末" in mine
    assert "たった今" in mine
    assert other.startswith("Safari・iPhone ")
    assert "この端末" not in other
    assert "最後に使ったのは 2時間前" in other
    assert "この端末" in text_of(entries(there)[0])


def test_what_opens_a_session_is_on_no_page(hana: User) -> None:
    here, there = browser_of(hana), browser_of(hana, IPHONE)
    answer = here.get(LIST)
    for client in (here, there):
        assert client.cookies["sessionid"].value not in answer.content.decode()
    assert b"127.0.0.1" not in answer.content.replace(b"http://127.0.0.1:8000", b"")
    assert "no-store" in answer["Cache-Control"]


def end_address(client: Client, name: str) -> str:
    [form] = [entry.find("form") for entry in entries(client) if text_of(entry).startswith(name)]
    return str(form.get("action"))


def test_one_is_ended_and_the_others_stay(hana: User) -> None:
    here, there, third = browser_of(hana), browser_of(hana, IPHONE), browser_of(hana, "curl/8")
    answer = here.post(end_address(here, "Safari・iPhone"))
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert "その端末をログアウトしました。" in Page(here.get(LIST)).text
    assert [is_in(client) for client in (here, there, third)] == [True, False, True]
    assert len(entries(here)) == 2


def test_ending_this_one_is_signing_out(hana: User) -> None:
    here, there = browser_of(hana), browser_of(hana, IPHONE)
    key = here.session.session_key
    answer = here.post(end_address(here, "Chrome・Windows"))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    here.cookies["sessionid"] = str(key)
    assert [is_in(client) for client in (here, there)] == [False, True]


def test_all_others_are_ended_at_once(hana: User, ren: User) -> None:
    here, *others = [browser_of(hana) for _ in range(4)]
    stranger = browser_of(ren)
    answer = here.post(f"{LIST}end-others/")
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert [is_in(client) for client in (here, stranger, *others)] == [True, True, False, False, False]
    assert len(entries(here)) == 1
    assert not Page(here.get(LIST)).all("form", action=f"{LIST}end-others/")


def test_nobody_ends_anothers(hana: User, ren: User) -> None:
    mine, theirs = browser_of(hana), browser_of(ren, IPHONE)
    address = end_address(theirs, "Safari・iPhone")
    unknown = f"{LIST}{uuid.uuid4()}/end/"
    answers = [mine.post(address), mine.post(unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = {re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}|<code>[0-9a-f-]+</code>", b"", answer.content) for answer in answers}
    assert len(bodies) == 1
    assert is_in(theirs)


def test_a_stranger_is_led_to_the_door_and_back_to_the_list(client: Client, hana: User) -> None:
    address = end_address(browser_of(hana), "Chrome・Windows")
    for answer in (client.get(LIST), client.post(address), client.post(f"{LIST}end-others/")):
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={LIST}")
    assert UserSession.objects.count() == 1


def test_looking_ends_nothing_and_a_form_of_another_site_neither(hana: User) -> None:
    here, there = browser_of(hana), browser_of(hana, IPHONE)
    address = end_address(here, "Safari・iPhone")
    assert [here.get(address).status_code, here.get(f"{LIST}end-others/").status_code] == [405, 405]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = here.cookies
    assert [strict.post(address).status_code, strict.post(f"{LIST}end-others/").status_code] == [403, 403]
    assert is_in(there)


def test_suspended_people_may_end_their_sessions(hana: User) -> None:
    here, there, third = browser_of(hana), browser_of(hana, IPHONE), browser_of(hana, "curl/8")
    hana.suspend(timezone.now() + timedelta(days=3), "宣伝のくり返し")
    assert here.post(end_address(here, "Safari・iPhone"))["Location"] == LIST
    assert here.post(f"{LIST}end-others/")["Location"] == LIST
    assert [is_in(client) for client in (here, there, third)] == [True, False, False]


def test_what_is_over_is_not_listed(hana: User, settings: Any) -> None:
    here, idle, old = (browser_of(hana) for _ in range(3))
    from machipoke.sessions import SessionStore

    rows = SessionStore.get_model_class().objects
    rows.filter(session_key=idle.session.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))
    UserSession.objects.filter(session_key=old.session.session_key).update(
        created_at=timezone.now() - timedelta(days=90, seconds=1)
    )
    assert len(entries(here)) == 1
    hana.set_password("kaze-no-toori-michi")
    hana.save()
    again = browser_of(hana)
    assert len(entries(again)) == 1


def test_a_hundred_devices_cost_as_much_as_one(hana: User) -> None:
    here = browser_of(hana)
    here.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as one:
        here.get(LIST)
    for _ in range(99):
        browser_of(hana, IPHONE)
    with CaptureQueriesContext(connection) as many:
        assert len(entries(here)) == 100
    assert len(one) == len(many) <= 4


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_is_in_the_design(hana: User, prefix: str) -> None:
    page = Page(browser_of(hana).get(prefix + LIST))
    assert (page.faults, len(page.all("h1"))) == ([], 1)
    assert page.one("html").get("lang") == ("en" if prefix else "ja")
    actions = [form.get("action", "") for form in page.all("form", method="post")]
    assert all(action.startswith(f"{prefix}/accounts/") for action in actions if "sessions" in action)
    profile = Page(browser_of(hana).get(f"{prefix}/accounts/profile/"))
    assert prefix + LIST in profile.links()
