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

    def __init__(self, request: Any, typed: str) -> None:
        """Raises TooMany, before anything is hashed, and Busy, before anything is counted."""
        refuse_when_full()
        self._spent = [("login_address", address_of(request)), ("login", identity(clean(typed)))]
        for name, who in self._spent:
            spend(request, name, who)

    def succeeded(self) -> None:
        for name, who in self._spent:
            give_back(name, who)
