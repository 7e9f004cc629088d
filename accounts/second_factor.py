"""The second factor: digits of an app, or one of ten codes on paper; allauth keeps them, the rules are ours."""

from __future__ import annotations

import unicodedata
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import User

_LAST = "last_step"


class Unreadable(Exception):
    """What is stored was encrypted with a SECRET_KEY that this site no longer has."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Encrypts what the digits and codes are made of, and refuses in our words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("2段階認証をやめることはできません。"),
        "cannot_generate_recovery_codes": _("リカバリーコードは、2段階認証を始めてから作れます。"),
        "incorrect_code": _("コードが違うか、もう使われています。新しいコードでお試しください。"),
        "unreadable": _("サイトの鍵が変わったため、コードを確かめられません。運営者にお知らせください。"),
        "unverified_email": _("先にメールアドレスを確認してください。"),
    }

    def get_totp_label(self, user: Any) -> str:
        """The name in the app's list; not the address, which others may see over one's shoulder."""
        return f"{self.get_totp_issuer()}:{user.username}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are for the site of the settings, whatever host the request named."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": self.get_totp_issuer()}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return str(_("パスキー %(number)s") % {"number": number})

    def encrypt(self, text: str) -> str:
        return _cipher(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises Unreadable."""
        try:
            text = _cipher(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(encrypted_text.encode())
        except InvalidToken as error:
            raise Unreadable from error
        return text.decode()


@lru_cache(maxsize=4)
def _cipher(*secrets: str) -> MultiFernet:
    """Encrypts with a key made of the first, and reads what was encrypted with any."""
    keys = [salted_hmac("accounts.second_factor", "", secret=one, algorithm="sha256").digest() for one in secrets]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])


@transaction.atomic
def spend(person: User, code: str) -> Authenticator | None:
    """The factor of this person that the code proves, which it does once; None for a wrong or used one.

    In the database and not, as allauth does, in the key/value store for half a minute: digits are taken for a minute
    and a half, and a store that is away would let nobody in, or one code in twice. Raises Unreadable.
    """
    mine = Authenticator.objects.select_for_update().filter(user_id=person.pk)
    for factor in mine.exclude(type=Authenticator.Type.WEBAUTHN).order_by("-type"):
        is_app = factor.type == Authenticator.Type.TOTP
        if _spend_step(factor, code) if is_app else factor.wrap().validate_code(code):
            return factor
    return None


def spend_first(sender: Any, request: Any, user: User, authenticator: Any, **_kwargs: Any) -> None:
    """allauth's signal of a second factor that came: the digits that began it are used up like any others."""
    if authenticator.type == Authenticator.Type.TOTP:
        spend(user, unicodedata.normalize("NFKC", request.POST.get("code", "")))


def _spend_step(factor: Authenticator, code: str) -> bool:
    secret = decrypt(factor.data["secret"])
    for step in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, step))
        if step > factor.data.get(_LAST, 0) and compare_user_code(actual=code, expected=expected):
            factor.data[_LAST] = step
            factor.save(update_fields=["data"])
            return True
    return False
