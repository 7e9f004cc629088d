"""How allauth's pages bend to our rules."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import User, validate_username
from machipoke.text import clean


class AccountAdapter(DefaultAccountAdapter):
    """User names follow the model's rule; sign-up itself opens with the next stage of accounts."""

    username_validators = [validate_username]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_username(self, username: str, shallow: bool = False) -> str:
        validate_username(username)
        if not shallow and User.objects.named(username).exists():
            raise self.validation_error("username_taken")
        return username

    def populate_username(self, request: HttpRequest, user: User) -> None:
        user.username = clean(user.username)

    def get_user_search_fields(self) -> list[Any]:
        return ["username", "email"]
