"""How allauth's pages bend to our rules."""

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.models import User, validate_username
from machipoke.pages import SITE_NAME
from machipoke.text import clean, identity

_WRONG = _("ユーザー名かパスワードが違います。もう一度お確かめください。")


class Letterhead(NamedTuple):
    """What letters call the site: the name and host of the settings, not of the request."""

    name: str
    domain: str


class AccountAdapter(DefaultAccountAdapter):
    """User names follow the model's rule; sign-up itself opens with the next stage of accounts."""

    username_validators = [validate_username]
    error_messages = DefaultAccountAdapter.error_messages | {
        # One sentence for a name and for an address: it says nothing of which of the two is known.
        "email_password_mismatch": _WRONG,
        "username_password_mismatch": _WRONG,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_username(self, username: str, shallow: bool = False) -> str:
        validate_username(username)
        if not shallow and User.objects.named(username).exists():
            raise self.validation_error("username_taken")
        return username

    def populate_username(self, request: HttpRequest, user: User) -> None:
        user.username = clean(user.username)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """A name in any width or case is the same name, for its tries too."""
        if typed := credentials.get("username"):
            person = User.objects.named(typed).only("username").first()
            credentials["username"] = person.username if person else identity(typed)
        return super().authenticate(request, **credentials)

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
        super().send_mail(template_prefix, email, context | links | {"current_site": head})

    def format_email_subject(self, subject: str) -> str:
        return f"[{SITE_NAME}] {subject}"

    def get_user_search_fields(self) -> list[Any]:
        return ["username", "email"]
