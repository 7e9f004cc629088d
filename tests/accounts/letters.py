"""Letters as their readers use them."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail


def letters_to(email: str) -> list[Any]:
    """What was sent to that address, the oldest first."""
    return [letter for letter in mail.outbox if letter.to == [email]]


def code_in(body: str) -> str:
    """The code on a line of its own."""
    [code] = re.findall(r"^([0-9][0-9-]{4,}[0-9])$", body, re.M)
    return str(code)


def code_for(email: str) -> str:
    """The code in the newest letter to that address."""
    return code_in(letters_to(email)[-1].body)


def wrong(code: str) -> str:
    """Another code of the same form."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)
