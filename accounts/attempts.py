"""Tries to sign in, by whatever door: counted by account and by address before the password is looked at."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from machipoke.ratelimits import address_of, give_back, spend
from machipoke.text import identity


class Attempt:
    """One try: counted when it is made, and given back when it was right.

    The address is counted first: whoever used up what an address may do cannot lock accounts any more.
    """

    def __init__(self, request: Any, typed: str) -> None:
        """Raises TooMany, before anything is hashed."""
        self._spent = [("login_address", address_of(request)), ("login", _account(typed))]
        for name, who in self._spent:
            spend(request, name, who)

    def succeeded(self) -> None:
        for name, who in self._spent:
            give_back(name, who)


def _account(typed: str) -> str:
    """One key for a person, by name and by address in any width and case; one for each name that nobody has."""
    person = User.objects.named(typed).only("pk").first() or User.objects.at_address(typed).only("pk").first()
    return f"user {person.pk}" if person else f"nobody {identity(typed)}"
