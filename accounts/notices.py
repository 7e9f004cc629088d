"""Notices on their way to the person: the letters, and which of the things they tell of can still be opened."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.adapter import Letterhead
from accounts.models import Notice, User
from machipoke.pages import SITE_NAME

_log = logging.getLogger(__name__)

MOST_LETTERS = 100
"""Letters of one run of the job: at a slow server's half second each, a run ends within a minute."""

GIVEN_UP_AFTER = timedelta(days=3)
"""A letter that could not be sent for so long is news no more; the notice stays on the site."""

MOST_FAILURES = 3
"""Letters that fail before a run ends: the server is away, and each try may wait for it as long as EMAIL_TIMEOUT."""

FindOpen = Callable[[Iterable[str], User], set[str]]
"""Which of these paths that person may open."""

_doors: list[FindOpen] = []


def add_door(find: FindOpen) -> None:
    """Let the app that owns some of the paths say who may open them; an app starts by calling this once."""
    _doors.append(find)


def open_paths(notices: Iterable[Notice], viewer: User) -> set[str]:
    """The paths of these notices that `viewer` may open now: what was hidden may have been deleted since."""
    paths = {notice.path for notice in notices if notice.path}
    return {path for path in paths if path.startswith("/accounts/")}.union(*(find(paths, viewer) for find in _doors))


class Run(NamedTuple):
    """What a run of the job did; `is_more` where letters may still wait that a next run could send."""

    sent: int
    failed: int
    is_more: bool


def mail_due_letters() -> Run:
    """Send the letters that are due, the newest first, at most `MOST_LETTERS`.

    Each is claimed before it is sent, so that two runs at once send one. The price: one whose process is killed in
    that instant is not sent, and only stands on the site.
    """
    since = timezone.now() - GIVEN_UP_AFTER
    due = Notice.objects.filter(mailed_at=None, created_at__gte=since, user__is_active=True)
    found = list(due.select_related("user").order_by("-created_at")[:MOST_LETTERS])
    sent = failed = 0
    for notice in found:
        if notice.claim_letter():
            is_sent = _mail(notice)
            sent, failed = sent + is_sent, failed + (not is_sent)
        if failed == MOST_FAILURES:
            break
    return Run(sent, failed, not failed and len(found) == MOST_LETTERS)


def _mail(notice: Notice) -> bool:
    """Whether its letter needs no further try."""
    try:
        _letter(notice).send()
    except SMTPRecipientsRefused:
        _log.warning("The letter of notice %s was refused for its address.", notice.pk)
    except (SMTPException, OSError) as error:
        notice.return_letter()
        # By its class: the words of a mail server repeat the address.
        _log.error("The letter of notice %s could not be sent: %s", notice.pk, type(error).__name__)
        return False
    return True


def _letter(notice: Notice) -> EmailMessage:
    """In the person's language, with links that begin with SITE_URL."""
    person = notice.user
    prefix = "" if person.language == User.Language.JAPANESE else f"/{person.language}"
    context = {
        "notice": notice,
        "person": person,
        "prefix": prefix,
        "site_url": settings.SITE_URL,
        "current_site": Letterhead(SITE_NAME, ""),
    }
    with translation.override(person.language):
        subject = " ".join(render_to_string("account/email/notice_subject.txt", context).split())
        body = render_to_string("account/email/notice_message.txt", context)
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(f"[{SITE_NAME}] {subject}", body, None, [person.email], headers=headers)
