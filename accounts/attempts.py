"""Tries to sign in, by whatever door: counted by account and by address before the password is looked at."""

from __future__ import annotations

from typing import Any

from accounts.passwords import refuse_when_full
from machipoke.ratelimits import address_of, give_back, spend
from machipoke.text import clean, identity


class Attempt:
    """One try: counted when it is made, and given back when it was right.

    The address is counted first: whoever used up what an address may do cannot lock accounts any more. The account is
    the name or e-mail address as it was typed, in any width and case. One count for both would be stricter, and would
    tell strangers which address belongs to which name.
    """

    def __init__(self, request: Any, typed: str, person_id: int | None = None) -> None:
        """Raises TooMany, before anything is hashed, and Busy, before anything is counted.

        `person_id` is who is signed in and types the password again: their tries have a count of their own, or a
        stranger who guesses at their name could keep them from leaving, or from a new password.
        """
        refuse_when_full()
        account = ("login", identity(clean(typed))) if person_id is None else ("again", person_id)
        self._spent = [("login_address", address_of(request)), account]
        for name, who in self._spent:
            spend(request, name, who)

    def succeeded(self) -> None:
        for name, who in self._spent:
            give_back(name, who)
