"""A second factor as people have it: a secret in their phone, and the six digits that it shows."""

from __future__ import annotations

import time
from typing import Any

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give(person: Any) -> None:
    """From now on this person signs in with digits too, and the admin exists for them if they are staff."""
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(person, SECRET)
    person.__dict__.pop("has_second_factor", None)


def digits(steps: int = 0) -> str:
    """What the phone shows now, or `steps` half minutes from now; each is taken once."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + steps)))


def superuser() -> Any:
    """An operator, for whom the admin exists."""
    from accounts.models import User

    boss = User.objects.create_superuser("boss", "boss@example.jp", "kaze-no-tani-7")
    give(boss)
    return boss
