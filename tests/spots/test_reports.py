"""Saying that something is wrong: by anyone, about what they can see, with a number to ask by."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Case, Comment, Report, SavedList, Spot
from tests.markup import Page, text_of, without_tokens
from tests.spots.pictured import photo_of
from tests.spots.threads import all_at_once, errors_of

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]
NOWHERE = "00000000-0000-4000-8000-000000000000"
RECEIPT = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")


class Things:
    """One of each that can be reported."""

    def __init__(self, spot: Spot, author: User) -> None:
        self.spot, self.author = spot, author
        self.comment = Comment(spot=spot, author=author, body="ひどい言葉です")
        self.comment.post()
        self.list = SavedList.objects.create(owner=author, title="花の旅", visibility="public")
        self.photo = photo_of(spot, author, caption="椿の道")

    def named(self) -> dict[str, str]:
        return {
            "spot": f"spot:{self.spot.pk}",
            "comment": f"comment:{self.comment.pk}",
            "user": f"user:{self.author.username}",
            "list": f"list:{self.list.pk}",
            "photo": f"photo:{self.photo.pk}",
        }


@pytest.fixture
def things(make_spot: MakeSpot, hana: User) -> Things:
    return Things(make_spot("中央公園", created_by=hana), hana)


def report(client: Client, target: str, reason: str = "spam", **more: str) -> Any:
    return client.post("/reports/new/", {"target": target, "reason": reason} | more)


def receipt_on(answer: Any) -> str:
    [number] = Page(answer).texts("strong")
    assert RECEIPT.fullmatch(number)
    return number


WORDS = {"spot": "中央公園", "comment": "ひどい言葉です", "user": "花 (@hana)", "list": "花の旅", "photo": "椿の道"}


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("kind", WORDS)
def test_anyone_reports_what_they_see_and_gets_a_number(client: Client, things: Things, kind: str, prefix: str) -> None:
    page = Page(client.get(f"{prefix}/reports/new/?target={things.named()[kind]}"))
    assert page.faults == []
    assert WORDS[kind] in page.text
    target = page.one("input", name="target").get("value")
    answer = client.post(f"{prefix}/reports/new/", {"target": target, "reason": "spam", "text": "毎日です"})
    stored = Report.objects.get()
    assert (answer.status_code, receipt_on(answer), Page(answer).faults) == (201, stored.receipt, [])
    assert (stored.reason, stored.text, stored.reporter) == ("spam", "毎日です", None)
    assert (stored.case.target_kind, stored.case.report_count) == (kind, 1)
    assert f"{prefix}/reports/{stored.receipt}/" in Page(answer).links()


def test_who_is_signed_in_is_remembered(things: Things, sign_in: SignIn, ren: User) -> None:
    report(sign_in(ren), things.named()["spot"])
    assert Report.objects.get().reporter == ren


def test_who_is_suspended_may_still_report_as_anyone_may(things: Things, sign_in: SignIn, ren: User) -> None:
    ren.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert report(sign_in(ren), things.named()["spot"]).status_code == 201


@pytest.mark.parametrize("host", ["", "http://127.0.0.1:8000", "/en"])
def test_the_address_of_a_page_names_it_too(client: Client, things: Things, host: str) -> None:
    spot, comment = things.spot, things.comment
    for path, kind in (
        (f"/spots/{spot.pk}/", "spot"),
        (f"/spots/{spot.pk}/#comment-{comment.pk}", "comment"),
        (f"/comments/{comment.pk}/", "comment"),
        ("/users/hana/", "user"),
        (f"/lists/{things.list.pk}/", "list"),
    ):
        page = Page(client.get("/reports/new/", {"target": host + path}))
        assert page.one("input", name="target").get("value") == things.named()[kind]


def test_without_a_target_the_page_asks_for_an_address(client: Client, db: None) -> None:
    page = Page(client.get("/reports/new/"))
    assert (page.response.status_code, page.faults) == (200, [])
    assert page.one("input", name="target").get("type") is None
    assert client.post("/reports/new/", {"reason": "spam"}).status_code == 400


NOTHING = ["spot:x", "spot:", ":", "x", "spot", "tag:1", f"comment:{NOWHERE}", "user:nobody", "http://[", "/spots/new/"]


@pytest.mark.parametrize("target", NOTHING)
def test_what_does_not_exist_cannot_be_reported(client: Client, db: None, target: str) -> None:
    assert client.get("/reports/new/", {"target": target}).status_code == 404
    assert report(client, target).status_code == 404
    assert Case.objects.count() == 0


def test_what_one_may_not_see_is_reported_as_little_as_what_is_not_there(
    client: Client, make_spot: MakeSpot, things: Things, sign_in: SignIn, hana: User, ren: User, mori: User
) -> None:
    private = SavedList.objects.create(owner=hana, title="秘密")
    gone, hidden = (Comment(spot=things.spot, author=hana, body="秘密") for _ in range(2))
    for comment in (gone, hidden):
        comment.post()
    gone.delete_softly()
    hidden.hide(mori, "宣伝")
    secret = [make_spot("秘密", created_by=hana, state=state) for state in ("draft", "pending", "hidden")]
    names = [f"list:{private.pk}", *(f"comment:{c.pk}" for c in (gone, hidden)), *(f"spot:{s.pk}" for s in secret)]
    for visitor in (client, sign_in(ren)):
        for name in names:
            kind, own_id = name.split(":")
            for ask in (lambda t: visitor.get("/reports/new/", {"target": t}), lambda t: report(visitor, t)):  # noqa: B023
                answer, missing = ask(name), ask(f"{kind}:{NOWHERE}")
                assert answer.status_code == missing.status_code == 404
                assert without_tokens(answer).replace(own_id.encode(), NOWHERE.encode()) == without_tokens(missing)
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"reason": ""}, "reason", "必須"),
        ({"reason": "bored"}, "reason", "正しく選択"),
        ({"reason": "other"}, "text", "くわしく書いてください"),
        ({"reason": "other", "text": " \u200b"}, "text", "くわしく書いてください"),
        ({"reason": "spam", "text": "あ" * 2001}, "text", "2000文字以内"),
    ],
)
def test_what_is_missing_is_told_beside_its_field_and_the_rest_is_kept(
    client: Client, things: Things, sent: dict[str, str], field: str, words: str
) -> None:
    text = sent.get("text", "消えない文" if field == "reason" else "")
    answer = report(client, things.named()["spot"], **({"text": text} | sent))
    page = Page(answer)
    assert (answer.status_code, page.faults) == (400, [])
    assert words in text_of(page.one("p", id=f"id_{field}-error"))
    assert (page.one("textarea", name="text").text or "").removeprefix("\n") == text
    assert Report.objects.count() == 0


def test_closed_is_chosen_for_a_spot_and_not_offered_for_people(client: Client, things: Things) -> None:
    page = Page(client.get(f"/reports/new/?target={things.named()['spot']}&reason=closed"))
    assert [radio.get("value") for radio in page.all("input", name="reason") if "checked" in radio.attrib] == ["closed"]
    person = Page(client.get(f"/reports/new/?target={things.named()['user']}&reason=closed"))
    assert not person.all("input", name="reason", value="closed")
    assert report(client, things.named()["user"], "closed").status_code == 400


def test_every_reason_is_named_in_the_guidelines(client: Client, db: None) -> None:
    told = Page(client.get("/guidelines/")).texts("li")
    assert set(map(str, Report.Reason.labels)) <= set(told)


# --- twice ---


def test_a_form_sent_twice_is_one_report_with_one_number(client: Client, things: Things) -> None:
    token = str(uuid.uuid4())
    numbers = [receipt_on(report(client, things.named()["spot"], form_token=token)) for _ in range(2)]
    assert numbers == [Report.objects.get().receipt] * 2
    assert Case.objects.get().report_count == 1


def test_other_words_from_a_used_form_are_asked_about(client: Client, things: Things) -> None:
    token, spot = str(uuid.uuid4()), things.named()["spot"]
    first = receipt_on(report(client, spot, form_token=token))
    page = Page(report(client, spot, form_token=token, text="もう一つ"))
    assert page.response.status_code == 409
    assert first in page.text
    renewed = page.one("input", name="form_token").get("value") or ""
    assert report(client, spot, form_token=renewed, text="もう一つ").status_code == 201
    assert Case.objects.get().report_count == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_reports_at_once_are_one_case(things: Things) -> None:
    spot = things.named()["spot"]
    answers = all_at_once([lambda: report(Client(), spot) for _ in range(16)])
    assert errors_of(answers) == []
    filed = [answer for answer in answers if answer.status_code == 201]  # type: ignore[union-attr]
    assert filed
    assert Case.objects.get().report_count == Report.objects.count() == len(filed)


# --- asking ---


def test_the_number_tells_how_it_stands_and_nothing_else(client: Client, things: Things, mori: User) -> None:
    number = receipt_on(report(client, things.named()["comment"], text="ren が言いました"))
    case = Case.objects.get()
    for state, words in (
        ("open", "受け付けました"),
        ("done", "対応しました"),
        ("dismissed", "問題なしと判断しました"),
    ):
        case.settle(state, mori, "確認して対応した")
        page = Page(client.get(f"/reports/{number}/"))
        assert words in page.texts("strong")
        assert not [secret for secret in ("ひどい言葉", "hana", "ren", "森", "確認して") if secret in page.text]


@pytest.mark.parametrize("change", [str.lower, lambda n: n.replace("-", ""), lambda n: n.replace("-", " ").lower()])
def test_a_number_may_be_typed_as_it_was_heard(client: Client, things: Things, change: Callable[[str], str]) -> None:
    number = receipt_on(report(client, things.named()["spot"]))
    assert number in Page(client.get(f"/reports/{change(number)}/")).text


@pytest.mark.parametrize("number", ["AAAA-AAAA", "x", "0", "　", "%00", "あ" * 50])
def test_an_unknown_number_does_not_exist(client: Client, db: None, number: str) -> None:
    assert client.get(f"/reports/{number}/").status_code == 404


# --- the case ---


def test_a_new_report_opens_a_settled_case_again_and_it_waits_anew(things: Things, mori: User) -> None:
    Report(reason="spam").file(things.spot)
    month_ago = timezone.now() - timedelta(days=30)
    Case.objects.update(opened_at=month_ago)
    Report(reason="spam").file(things.spot)
    assert Case.objects.get().opened_at == month_ago
    Case.objects.get().settle("done", mori, "確認して対応した")
    Report(reason="abuse").file(things.spot)
    case = Case.objects.get()
    assert (case.state, case.report_count) == ("open", 3)
    assert timezone.now() - case.opened_at < timedelta(minutes=1)


def test_a_report_needs_a_token_of_the_form(things: Things) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert report(strict, things.named()["spot"]).status_code == 403
    token = Page(strict.get(f"/reports/new/?target={things.named()['spot']}")).one("input", name="csrfmiddlewaretoken")
    sent = {"csrfmiddlewaretoken": token.get("value") or ""}
    assert report(strict, things.named()["spot"], **sent).status_code == 201


# --- doors ---


def test_every_page_of_something_leads_to_its_report(client: Client, things: Things) -> None:
    named = things.named()
    pages = {
        "spot": things.spot.get_absolute_url(),
        "comment": things.spot.get_absolute_url(),
        "user": "/users/hana/",
        "list": things.list.get_absolute_url(),
    }
    for kind, url in pages.items():
        links = [a for a in Page(client.get(url)).all("a") if a.get("href") == f"/reports/new/?target={named[kind]}"]
        assert [a.get("rel") for a in links] == ["nofollow"], kind
    closed = f"/reports/new/?target={named['spot']}&reason=closed"
    assert closed in Page(client.get(pages["spot"])).links()


def test_a_receipt_that_was_written_down_is_typed_in(client: Client, make_spot: Callable[..., Spot]) -> None:
    report = Report(reason="wrong")
    report.file(make_spot())
    for typed in (report.receipt, report.receipt.lower().replace("-", " ")):
        answer = client.get("/reports/", {"receipt": typed})
        assert (answer.status_code, answer["Location"]) == (302, f"/reports/{report.receipt}/")
    unknown = client.get("/reports/", {"receipt": "AAAA-AAAA<b>"})
    assert unknown.status_code == 404
    assert Page(unknown).one("input", name="receipt").get("value") == "AAAA-AAAA<b>"
    assert client.get("/en/reports/", {"receipt": report.receipt})["Location"] == f"/en/reports/{report.receipt}/"
