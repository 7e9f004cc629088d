"""A sign-up under way. Until the mailed code proves the address it is only in the session.

So a name is nobody's before its owner is there, a mistyped address can be mended, and signing up with an address that
is known here looks in everything like signing up with a new one: only the letter says which it was.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Self

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.models import User
from machipoke.ratelimits import consume

MOST_LETTERS = 4
"""Per sign-up: the first, and one for each thing that goes wrong with a letter."""

MOST_TRIES = 3
"""Per letter; with six digits and six letters an hour an address is not proven by guessing."""

_KEY = "signup"


@dataclass
class SignUp:
    """What was typed, the password already hashed, and the code that was mailed last."""

    username: str
    display_name: str
    email: str
    language: str
    password: str
    next: str = ""
    code: str = ""
    letters: int = 0
    tries: int = 0
    mailed_at: float = 0.0

    @classmethod
    def of(cls, person: User, next_url: str, language: str) -> Self:
        return cls(person.username, person.display_name, person.email, language, person.password, next_url)

    @classmethod
    def under_way(cls, request: HttpRequest) -> Self | None:
        """This browser's sign-up; None where there is none."""
        kept = request.session.get(_KEY)
        return cls(**kept) if kept else None

    def keep(self, request: HttpRequest) -> None:
        request.session[_KEY] = asdict(self)

    def forget(self, request: HttpRequest) -> None:
        request.session.pop(_KEY, None)

    @property
    def may_mail(self) -> bool:
        return self.letters < MOST_LETTERS

    @property
    def is_code_dead(self) -> bool:
        """Whether the last code was tried too often or is too old: another has to be mailed."""
        timeout_seconds = settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT
        return self.tries >= MOST_TRIES or time.time() - self.mailed_at > timeout_seconds

    def mail_to(self, request: HttpRequest, email: str) -> bool:
        """Send a new code there; False, and nothing changed, where that address got a letter just now.

        Whoever has an account already is told so instead; then no code is right.
        """
        if not all(consume(name, email).is_allowed for name in ("letter_pause", "letter")):
            return False
        adapter = get_adapter(request)
        code = adapter.generate_email_verification_code()
        if User.objects.at_address(email).exists():
            adapter.send_account_already_exists_mail(email)
            code = ""
        else:
            adapter.send_mail("account/email/email_confirmation_signup", email, {"code": code})
        self.email, self.code, self.tries, self.mailed_at = email, code, 0, time.time()
        self.letters += 1
        self.keep(request)
        return True

    def count_wrong_code(self, request: HttpRequest) -> int:
        """How many tries this code has left."""
        self.tries += 1
        self.keep(request)
        return MOST_TRIES - self.tries

    def may_try(self) -> bool:
        """Count a try in one step: of many at once, more could read `tries` before one of them writes it."""
        return consume("code", f"{self.email} {self.mailed_at}").is_allowed

    def finish(self) -> User:
        """Store the person, whose address is proven now. Raises ValidationError for what was taken meanwhile.

        The same form sent twice at once finds the person that the first one stored.
        """
        person = User(username=self.username, display_name=self.display_name, email=self.email, language=self.language)
        person.password = self.password
        try:
            person.join()
        except ValidationError:
            before: User | None = User.objects.named(self.username).filter(password=self.password).first()
            if before is None:
                raise
            return before
        return person
