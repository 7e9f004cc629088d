"""How allauth's pages bend to our rules."""

import logging
from contextlib import suppress
from smtplib import SMTPException
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.attempts import Attempt
from accounts.models import User, validate_username
from machipoke.pages import SITE_NAME, unavailable
from machipoke.text import clean, identity

_log = logging.getLogger(__name__)

_WRONG = _("ユーザー名かパスワードが違います。もう一度お確かめください。")


_STANDS_ON = "login_stands_on"

MOST_EMAIL_CHARACTERS = 254
"""RFC 5321 4.5.3.1.3, and the width of the column."""

MOST_LOGIN_CHARACTERS = 320
"""RFC 5321: 64 before the @, 255 after it. SQLite cannot look for a name of 50,000 bytes."""


class Letterhead(NamedTuple):
    """What letters call the site: the name and host of the settings, not of the request."""

    name: str
    domain: str


class AccountAdapter(DefaultAccountAdapter):
    """Names and addresses follow the model's rules, letters name the site, and refusals are in our words."""

    username_validators = [validate_username]
    error_messages = DefaultAccountAdapter.error_messages | {
        # One sentence for a name and for an address: it says nothing of which of the two is known.
        "email_password_mismatch": _WRONG,
        "username_password_mismatch": _WRONG,
        "account_inactive": _("このアカウントは使えません。"),
        "duplicate_email": _("いま使っているアドレスです。"),
        "email_taken": _("このアドレスには、ほかのアカウントがあります。"),
        "enter_current_password": _("いまのパスワードが違います。"),
        "incorrect_code": _("コードが違います。メールをもう一度お確かめください。"),
        "incorrect_password": _("パスワードが違います。"),
        "rate_limited": _("送ったばかりです。少し待ってから、もう一度お試しください。"),
        "too_many_login_attempts": _("何度も違ったため、いまは受け付けられません。しばらくしてからお試しください。"),
        "username_taken": _("このユーザー名はもう使われています。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def clean_username(self, username: str, shallow: bool = False) -> str:
        validate_username(username)
        if not shallow and User.objects.named(username).exists():
            raise self.validation_error("username_taken")
        return username

    def clean_email(self, email: str) -> str:
        """The form in which addresses are stored and compared."""
        folded = identity(email)
        if len(folded) > MOST_EMAIL_CHARACTERS:
            raise ValidationError(_("メールアドレスが長すぎます。"), code="max_length")
        return folded

    def populate_username(self, request: HttpRequest, user: User) -> None:
        user.username = clean(user.username)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """A name in any width or case is the same name, for its tries too; nobody's is endless."""
        if max(len(credentials.get(name) or "") for name in ("username", "email")) > MOST_LOGIN_CHARACTERS:
            return None
        if "@" in credentials.get("username", "") and credentials.get("email"):
            # No name holds an @. Tried as both, a known address would be hashed twice, which takes twice as long.
            del credentials["username"]
        if typed := credentials.get("username"):
            person = User.objects.named(typed).only("username").first()
            credentials["username"] = person.username if person else identity(typed)
        return super().authenticate(request, **credentials)

    _signed_in: int | None = None

    def reauthenticate(self, user: Any, password: str) -> bool:
        """The password of who is signed in, once more."""
        self._signed_in = user.pk
        return bool(super().reauthenticate(user, password))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counted before anything is hashed; raises TooMany."""
        typed = credentials.get("username") or credentials.get("email") or ""
        self._attempt = Attempt(request, typed, self._signed_in)

    def _rollback_login_failed_rl_usage(self) -> None:
        """allauth's hook for the right password."""
        self._attempt.succeeded()

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        """Remember what the sign-in stands on: its last step may come a quarter of an hour after the password."""
        request.session[_STANDS_ON] = user.get_session_auth_hash()
        return super().pre_login(request, user, **kwargs)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Another password, or the end of all sessions, is the end of sign-ins under way too."""
        stood_on = request.session.pop(_STANDS_ON, "")
        if stood_on and not constant_time_compare(stood_on, user.get_session_auth_hash()):
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        """Staff without a second factor are told first that their work needs one; they can go on without."""
        response = super().post_login(request, user, **kwargs)
        if user.is_staff and not user.has_second_factor:
            return redirect(f"{reverse('mfa_index')}?{urlencode({'next': response.url})}")
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor shows that: a password alone must not be enough to end it."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] != "reauthenticate"] or methods

    def is_safe_url(self, url: str) -> bool:
        """A path, or an address of SITE_URL: of the other hosts we answer to, some are the reader's own machine."""
        ours = {urlsplit(settings.SITE_URL).netloc}
        return url_has_allowed_host_and_scheme(url, allowed_hosts=ours, require_https=settings.HTTPS)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """With links that begin with SITE_URL: a letter must not lead to whatever host the request named."""
        asked = self.request.build_absolute_uri("/") if self.request else ""
        links = {
            name: f"{settings.SITE_URL}/{value.removeprefix(asked)}"
            for name, value in context.items()
            if asked and isinstance(value, str) and value.startswith(asked)
        }
        head = Letterhead(SITE_NAME, urlsplit(settings.SITE_URL).netloc)
        try:
            super().send_mail(template_prefix, email, context | links | {"current_site": head})
        except (SMTPException, OSError, ImproperlyConfigured) as error:
            # By its class: the words of a mail server repeat the address.
            _log.error("The letter %s could not be sent: %s", template_prefix, type(error).__name__)
            raise ImmediateHttpResponse(unavailable(self.request)) from error

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Best effort: what it tells of has happened, whether or not the letter goes out; the log says if not."""
        with suppress(ImmediateHttpResponse):
            super().send_notification_mail(*args, **kwargs)

    def format_email_subject(self, subject: str) -> str:
        return f"[{SITE_NAME}] {subject}"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_profile")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("account_profile")

    def get_user_search_fields(self) -> list[Any]:
        return ["username", "email"]
