"""The end of an account: asked for, a week to change one's mind, then everything of the person goes.

Erasing is one transaction, with what lies outside the database taken away before: who is killed in between finds the
account due again, and each step does no harm twice. Files of copies go after it; the sweep finds those that stay.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.belongings import erasers
from accounts.letters import send_letter
from accounts.models import ApiToken, Export, User
from machipoke.jobs import JobFailedError, Result
from machipoke.leftovers import clear_leftovers
from machipoke.mail_files import remove_letters, remove_old_letters
from machipoke.models import IdempotentAnswer
from machipoke.sessions import SessionStore, end_session, end_sessions_of
from media_store.models import StoredObject

LETTERS_KEPT = timedelta(days=30)
"""How long letters stay in files where no mail server is set: their codes are good for a quarter of an hour."""

_log = logging.getLogger(__name__)


class LastSuperuserError(Exception):
    """Nobody would be left to run the site."""


def ask_to_leave(person: User, keeps_posts: bool, session_key: str | None) -> None:
    """Let the account go in `DELETION_GRACE_DAYS`; tokens and all sessions but this one end now.

    Raises LastSuperuserError.
    """
    due = timezone.now() + timedelta(days=settings.DELETION_GRACE_DAYS)
    with transaction.atomic():
        if is_last_superuser(person):
            raise LastSuperuserError
        User.objects.filter(pk=person.pk).update(deletion_due_at=due, deletion_keeps_posts=keeps_posts)
        ApiToken.objects.filter(user=person).delete()
    person.deletion_due_at, person.deletion_keeps_posts = due, keeps_posts
    end_sessions_of(person.pk, kept=session_key or "")
    send_letter(person, "account/email/leaving", {})


def stay(person: User) -> bool:
    """Change one's mind; whether the account was still there to stay."""
    leaving = User.objects.filter(pk=person.pk, is_active=True, deletion_due_at__isnull=False)
    stays = bool(leaving.update(deletion_due_at=None))
    if stays:
        person.deletion_due_at = None
        send_letter(person, "account/email/staying", {})
    return stays


def is_last_superuser(person: User) -> bool:
    """Whether no other superuser can sign in and stays; two that leave at once are asked one after the other."""
    if not person.is_superuser:
        return False
    with transaction.atomic():
        staying = User.objects.select_for_update().filter(is_superuser=True, is_active=True, deletion_due_at=None)
        return not [pk for pk in staying.values_list("pk", flat=True) if pk != person.pk]


def erase_due() -> Result:
    """Erase everyone whose time is over. Raises JobFailedError where one could not be; the next run tries again."""
    counts = {"erased": 0, "kept": 0, "failed": 0}
    for pk in list(User.objects.filter(deletion_due_at__lte=timezone.now()).values_list("pk", flat=True)):
        try:
            counts["erased" if erase(pk) else "kept"] += 1
        except Exception:  # noqa: BLE001 - one person must not keep the others here
            _log.exception("The account %s could not be erased.", pk)
            counts["failed"] += 1
    if counts["erased"]:
        clear_leftovers()
    if counts["failed"]:
        raise JobFailedError(f"{counts['failed']} 件の退会を終えられませんでした。", counts)
    return counts


def erase(pk: int) -> bool:
    """Erase the account if its time is over; False where it is not, or nobody would be left to run the site."""
    due = User.objects.filter(pk=pk, deletion_due_at__lte=timezone.now())
    person = due.first()
    if person is None or is_last_superuser(person):
        return False
    with transaction.atomic():
        if not due.update(is_active=False):  # from here on nobody signs in, and nobody stays
            return False
        person.withdraw_avatar()
    end_sessions_of(person.pk)
    addresses = {person.email, *EmailAddress.objects.filter(user=person).values_list("email", flat=True)}
    remove_letters(addresses)
    _end_steps_of(person.username, addresses)
    with transaction.atomic():
        locked = due.select_for_update().first()
        if locked is not None:
            _erase_rows(locked)
    return locked is not None


def _end_steps_of(username: str, addresses: set[str]) -> None:
    """End sessions in which nobody is signed in, but a password or code is on its way for this account."""
    rows: Any = SessionStore.get_model_class().objects
    of_nobody = rows.filter(~Exists(UserSession.objects.filter(session_key=OuterRef("session_key"))))
    names = [json.dumps(name) for name in (username, *addresses)]
    for session in of_nobody.iterator(chunk_size=500):
        held = json.dumps(session.get_decoded())
        if any(name in held for name in names):
            end_session(session.session_key)


def _erase_rows(person: User) -> None:
    files = [export.path for export in Export.objects.filter(user=person)]
    for erase_from_app in erasers():
        erase_from_app(person, person.deletion_keeps_posts)
    # Answers are kept for a day: their own, and others' that name them.
    theirs = Q(scope__endswith=f"user:{person.pk}") | Q(body__contains=f'"{person.username}"')
    IdempotentAnswer.objects.filter(theirs).delete()
    silence_log(User, [person.pk])
    _erase_objects(person)
    person.delete()
    for path in files:
        transaction.on_commit(partial(path.unlink, missing_ok=True))


def _erase_objects(person: User) -> None:
    """The avatar, what was sent as it came, and what no post holds goes with the next sweep; the rest is nobody's."""
    own = StoredObject.objects.filter(owner_id=person.pk)
    own.filter(kind__in=[StoredObject.Kind.AVATAR, StoredObject.Kind.ORIGINAL]).condemn(at_once=True)
    own.unattached().condemn(at_once=True)
    own.update(owner_id=None)


def clear_old() -> Result:
    """Remove what would outlive those who left: letters in files, and sessions that are over.

    A letter to an address that somebody gave up cannot be found by the account any more.
    """
    rows: Any = SessionStore.get_model_class().objects
    over = rows.filter(expire_date__lt=timezone.now()).delete()[0]
    UserSession.objects.filter(~Exists(rows.filter(session_key=OuterRef("session_key")))).delete()
    return {"old_letters": remove_old_letters(LETTERS_KEPT), "old_sessions": over}


def silence_log(model: type[models.Model], pks: Iterable[Any]) -> None:
    """Take names and texts of these rows out of the admin's log of changes, whose lines stay."""
    ids = [str(pk) for pk in pks]
    of_model = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    for start in range(0, len(ids), 500):
        of_model.filter(object_id__in=ids[start : start + 500]).update(object_repr="", change_message="")
