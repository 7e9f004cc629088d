"""The app of people."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "利用者"

    def ready(self) -> None:
        from accounts.sessions import begin

        user_logged_in.connect(begin)
