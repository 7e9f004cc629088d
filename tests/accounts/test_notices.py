"""What moderators do is told to the author: on the site, by one letter each, in the author's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notice, User
from accounts.notices import MOST_FAILURES, MOST_LETTERS, mail_due_letters
from accounts.views.notices import PAGE_SIZE
from spots.models import Comment, Spot
from tests.accounts.letters import letters_to
from tests.markup import Page, text_of
from tests.spots.said import said
from tests.spots.threads import all_at_once

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]
URL = "/accounts/notices/"
READING = f"{URL}reading/"
TOLD = ("user__username", "kind", "subject", "reason", "path")


def told() -> list[tuple[Any, ...]]:
    return list(Notice.objects.order_by("pk").values_list(*TOLD))


@pytest.fixture
def spot(make_spot: MakeSpot, hana: User) -> Spot:
    return make_spot("椿の小道", created_by=hana)


# --- who is told ---


def test_each_verb_on_a_spot_is_told_to_its_author(spot: Spot, mori: User) -> None:
    spot.hide(by=mori, reason="表札が読めます")
    spot.restore(by=mori, reason="直された")
    spot.lock_comments(mori, "荒れています")
    spot.unlock_comments(mori, "落ち着きました")
    spot.delete_softly(by=mori, reason="宣伝・スパム")
    path = f"/spots/{spot.pk}/"
    assert told() == [
        ("hana", "hidden", "椿の小道", "表札が読めます", path),
        ("hana", "restored", "椿の小道", "直された", path),
        ("hana", "locked", "椿の小道", "荒れています", path),
        ("hana", "unlocked", "椿の小道", "落ち着きました", path),
        ("hana", "deleted", "椿の小道", "宣伝・スパム", path),
    ]


def test_each_verb_on_a_comment_is_told_to_who_wrote_it(spot: Spot, ren: User, mori: User) -> None:
    comment = said(spot, ren, "ひどい\n言葉")
    comment.hide(mori, "いやがらせ・差別")
    comment.restore(mori)
    comment.delete_softly(mori, "いやがらせ・差別")
    assert [row[:3] for row in told()] == [("ren", kind, "ひどい 言葉") for kind in ("hidden", "restored", "deleted")]


def test_a_person_is_told_of_the_suspension_and_of_its_end(ren: User) -> None:
    until = timezone.now() + timedelta(days=7)
    ren.suspend(until, "宣伝のくり返し")
    ren.end_suspension("申し立てを認めた")
    assert told() == [
        ("ren", "suspended", f"〜{timezone.localtime(until):%Y-%m-%d %H:%M}", "宣伝のくり返し", "/accounts/profile/"),
        ("ren", "unsuspended", "", "申し立てを認めた", "/accounts/profile/"),
    ]


def test_nobody_is_told_of_what_they_did_themselves(spot: Spot, make_spot: MakeSpot, hana: User, mori: User) -> None:
    spot.delete_softly(by=hana, reason="まちがえた")
    own = make_spot(created_by=mori)
    said(own, mori).hide(mori, "確認中")
    own.hide(by=mori, reason="確認中")
    make_spot("市の公園").hide(by=mori, reason="確認中")  # nobody posted it
    assert told() == []


def test_a_verb_that_does_nothing_tells_nothing(spot: Spot, mori: User) -> None:
    spot.lock_comments(mori, "荒れています")
    Spot.objects.get().lock_comments(mori, "荒れています")
    spot.delete_softly(by=mori, reason="宣伝")
    Spot.objects.get().delete_softly(by=mori, reason="宣伝")
    assert [row[1] for row in told()] == ["locked", "deleted"]


def test_the_sites_own_page_tells_too(spot: Spot, mori: User, sign_in: SignIn) -> None:
    answer = sign_in(mori).post(f"/spots/{spot.pk}/delete/", {"reason": "spam", "detail": "三度目です"})
    assert answer.status_code == 302
    assert told() == [("hana", "deleted", "椿の小道", "宣伝・スパム: 三度目です", f"/spots/{spot.pk}/")]


# --- the page ---


def test_the_page_has_reason_and_link_the_newest_first(spot: Spot, hana: User, mori: User, sign_in: SignIn) -> None:
    spot.hide(by=mori, reason="表札が読めます")
    spot.restore(by=mori, reason="直された")
    answer = sign_in(hana).get(URL)
    page = Page(answer)
    assert page.faults == []
    first, second = [text_of(item) for item in page.all("li") if str(item.get("id")).startswith("notice-")]
    assert "元に戻りました" in first
    assert "直された" in first
    assert "非表示になりました" in second
    assert "表札が読めます" in second
    assert answer["Cache-Control"] == "private, no-store"


def test_reading_the_page_marks_nothing_and_opening_one_does(
    spot: Spot, hana: User, mori: User, sign_in: SignIn
) -> None:
    spot.hide(by=mori, reason="確認中")
    client, notice = sign_in(hana), Notice.objects.get()
    client.get(URL)
    assert Notice.objects.unread().count() == 1
    answer = client.post(READING, {"notice": notice.pk})
    assert answer["Location"] == f"/spots/{spot.pk}/"
    assert client.get(answer["Location"]).status_code == 200
    assert Notice.objects.unread().count() == 0
    assert f"/spots/{spot.pk}/" in Page(client.get(URL)).links()


def test_what_is_gone_has_no_link(spot: Spot, ren: User, hana: User, mori: User, sign_in: SignIn) -> None:
    comment = said(spot, ren)
    comment.hide(mori, "確認中")
    spot.delete_softly(by=mori, reason="宣伝")
    for person in (hana, ren):
        client, notice = sign_in(person), Notice.objects.get(user=person)
        assert client.post(READING, {"notice": notice.pk})["Location"] == URL
        page = Page(client.get(URL))
        assert not [link for link in page.links() if link.startswith(("/spots/0", "/comments/")) or notice.path == link]


def test_a_hidden_or_deleted_comment_opens_for_who_wrote_it(spot: Spot, ren: User, mori: User, sign_in: SignIn) -> None:
    comment, client = said(spot, ren), sign_in(ren)
    for act in (comment.hide, comment.delete_softly):
        act(mori, "いやがらせ・差別")
        notice = Notice.objects.latest("pk")
        answer = client.post(READING, {"notice": notice.pk}, follow=True)
        assert "いやがらせ・差別" in Page(answer).text
    Comment.objects.update(hidden_reason="")  # as if its author had taken it away
    assert client.post(READING, {"notice": notice.pk})["Location"] == URL


def test_all_are_read_at_once_but_not_one_that_came_meanwhile(
    spot: Spot, hana: User, mori: User, sign_in: SignIn
) -> None:
    spot.hide(by=mori, reason="一")
    spot.restore(by=mori, reason="二")
    client = sign_in(hana)
    until = Page(client.get(URL)).one("input", name="until").get("value")
    spot.hide(by=mori, reason="三")
    assert client.post(READING, {"until": until})["Location"] == URL
    assert list(Notice.objects.unread().values_list("reason", flat=True)) == ["三"]


def test_the_notices_of_others_do_not_exist(spot: Spot, ren: User, mori: User, sign_in: SignIn) -> None:
    spot.hide(by=mori, reason="表札が読めます")
    number = Notice.objects.get().pk
    for person in (ren, mori):
        client = sign_in(person)
        assert "表札が読めます" not in client.get(URL).content.decode()
        for sent in ({"notice": number}, {"until": number}):
            assert client.post(READING, sent).status_code == 404
        assert client.get(URL, {"before": number}).status_code == 404
    assert Notice.objects.unread().count() == 1


@pytest.mark.parametrize("number", ["", "x", "-1", "１", "9" * 40, "1; DROP"])
def test_a_number_that_is_none_is_not_found(hana: User, sign_in: SignIn, number: str) -> None:
    assert sign_in(hana).post(READING, {"notice": number}).status_code == 404


def test_whoever_is_signed_out_signs_in_first(client: Client, db: None) -> None:
    assert client.get(URL)["Location"] == f"/accounts/login/?next={URL}"
    assert client.post(READING, {"notice": "1"})["Location"].startswith("/accounts/login/")
    assert client.get(READING).status_code == 405


def test_pages_are_turned_and_cost_the_same(hana: User, sign_in: SignIn) -> None:
    Notice.tell(Notice(user=hana, kind="locked", subject=f"公園{number}") for number in range(PAGE_SIZE + 2))
    client = sign_in(hana)
    with CaptureQueriesContext(connection) as asked:
        first = client.get(URL)
    assert len(asked) <= 5
    assert f"公園{PAGE_SIZE + 1}" in first.content.decode()
    [older] = [link for link in Page(first).links() if "before=" in link]
    second = client.get(older).content.decode()
    assert "公園0" in second
    assert "公園1" in second
    assert "公園2" not in second


def test_a_suspended_person_reads_why(ren: User, sign_in: SignIn) -> None:
    ren.suspend(timezone.now() + timedelta(days=7), "宣伝のくり返し")
    client = sign_in(ren)
    assert "宣伝のくり返し" in Page(client.get(URL)).text
    assert client.post(READING, {"notice": Notice.objects.get().pk})["Location"] == "/accounts/profile/"
    assert Notice.objects.unread().count() == 0


@pytest.mark.parametrize("url", ["/users/hana/", "/accounts/profile/"])
def test_how_many_are_unread_stands_on_ones_own_pages_alone(
    spot: Spot, hana: User, ren: User, mori: User, client: Client, sign_in: SignIn, url: str
) -> None:
    spot.hide(by=mori, reason="確認中")
    spot.restore(by=mori)
    [link] = [one for one in Page(sign_in(hana).get(url)).all("a") if one.get("href") == URL]
    text = "".join(link.itertext()) + "".join(
        Page(sign_in(hana).get(url)).texts("span", **{"class": "badge draft num"})
    )
    assert "2" in text
    with CaptureQueriesContext(connection) as asked:
        client.get("/users/hana/")
        sign_in(ren).get("/users/hana/")
    assert [query for query in asked if "accounts_notice" in query["sql"]] == []


def test_in_english_the_page_and_its_ways_stay_english(spot: Spot, hana: User, mori: User, sign_in: SignIn) -> None:
    spot.hide(by=mori, reason="確認中")
    client = sign_in(hana)
    page = Page(client.get(f"/en{URL}"))
    assert page.one("html").get("lang") == "en"
    assert client.post(f"/en{READING}", {"notice": Notice.objects.get().pk})["Location"] == f"/en/spots/{spot.pk}/"


# --- the letter ---


class DeadServer(BaseEmailBackend):
    """A mail server that hangs up; counts how often it was asked."""

    asked = 0

    def send_messages(self, email_messages: Any) -> int:
        DeadServer.asked += 1
        raise SMTPServerDisconnected("gone")


class NobodyThere(BaseEmailBackend):
    """A mail server that knows no such address."""

    def send_messages(self, email_messages: Any) -> int:
        raise SMTPRecipientsRefused({"hana@example.jp": (550, b"no such user")})


def test_one_letter_for_each_notice_with_reason_and_an_address_of_the_site(
    spot: Spot, hana: User, mori: User, settings: Any
) -> None:
    settings.SITE_URL = "https://machi.example.jp"
    spot.hide(by=mori, reason="表札が読めます")
    assert mail_due_letters().sent == 1
    [letter] = letters_to("hana@example.jp")
    assert letter.subject == "[マチポケ] モデレーターからのお知らせ"
    for word in ("花", "非表示になりました", "椿の小道", "表札が読めます", f"https://machi.example.jp{URL}\n"):
        assert word in letter.body
    assert "森" not in letter.body  # who it was is the log's to know
    assert letter.extra_headers == {"Auto-Submitted": "auto-generated"}
    assert mail_due_letters().sent == 0
    assert len(mail.outbox) == 1


def test_the_letter_is_in_the_persons_language(spot: Spot, hana: User, mori: User) -> None:
    User.objects.update(language="en")
    spot.hide(by=mori, reason="確認中")
    mail_due_letters()
    assert f"/en{URL}\n" in letters_to("hana@example.jp")[0].body


def test_text_in_a_letter_is_as_it_was_typed(make_spot: MakeSpot, hana: User, mori: User) -> None:
    make_spot("<b>A & B</b>", created_by=hana).hide(by=mori, reason="5 < 6")
    mail_due_letters()
    assert "<b>A & B</b>" in mail.outbox[0].body
    assert "5 < 6" in mail.outbox[0].body


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_runs_at_once_send_it_once(spot: Spot, hana: User, mori: User) -> None:
    spot.hide(by=mori, reason="確認中")
    mail.outbox.clear()
    Notice.objects.update(mailed_at=None)
    all_at_once([mail_due_letters] * 6)
    assert len(letters_to("hana@example.jp")) == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_job_is_queued_once_the_verb_is_stored(spot: Spot, hana: User, mori: User) -> None:
    from huey.contrib.djhuey import HUEY

    HUEY.flush()
    spot.hide(by=mori, reason="確認中")
    queued = HUEY.dequeue()
    assert queued is not None
    HUEY.execute(queued)
    assert len(letters_to("hana@example.jp")) == 1


def test_a_letter_that_fails_is_tried_again_and_breaks_nothing(
    spot: Spot, hana: User, mori: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_notices.DeadServer"
    spot.hide(by=mori, reason="確認中")
    with pytest.raises(CommandError, match="1通"):
        call_command("run_job", "mail_notices")
    assert "SMTPServerDisconnected" in caplog.text
    assert "example.jp" not in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    call_command("run_job", "mail_notices")
    assert len(letters_to("hana@example.jp")) == 1


def test_a_server_that_is_away_is_not_asked_for_every_letter(hana: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_notices.DeadServer"
    Notice.tell(Notice(user=hana, kind="locked") for _ in range(9))
    DeadServer.asked = 0
    assert mail_due_letters().failed == DeadServer.asked == MOST_FAILURES


def test_an_address_that_nobody_has_is_not_tried_for_ever(hana: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_notices.NobodyThere"
    Notice.tell([Notice(user=hana, kind="locked")])
    mail_due_letters()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail_due_letters() == (0, 0, False)


def test_more_than_a_run_can_send_is_sent_by_the_next(hana: User) -> None:
    Notice.tell(Notice(user=hana, kind="locked") for _ in range(MOST_LETTERS + 1))
    call_command("run_job", "mail_notices")
    assert len(mail.outbox) == MOST_LETTERS + 1


@pytest.mark.parametrize("change", ["closed", "old"])
def test_no_letter_goes_to_a_closed_account_or_of_old_news(hana: User, change: str) -> None:
    Notice.tell([Notice(user=hana, kind="locked")])
    if change == "closed":
        User.objects.update(is_active=False)
    else:
        Notice.objects.update(created_at=timezone.now() - timedelta(days=4))
    assert mail_due_letters().sent == 0
