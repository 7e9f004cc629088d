"""The app of people, and allauth's of their sessions."""

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import m2m_changed


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "利用者"
    default = True

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added, authenticator_removed

        from accounts import account_belongings, second_factor, sessions
        from accounts.models import User

        account_belongings.register_all()
        user_logged_in.connect(sessions.begin)
        for changed in (password_changed, password_reset, password_set):
            changed.connect(sessions.keep_only)
        for factor in (authenticator_added, authenticator_removed):
            factor.connect(sessions.renew_key)
        authenticator_added.connect(sessions.end_unproven)  # after the key is new
        authenticator_added.connect(second_factor.spend_first)
        m2m_changed.connect(sessions.end_by_role, sender=User.groups.through)


class DevicesConfig(UserSessionsConfig):
    """Its table alone: at each sign-in allauth would read every session of that person, one after the other."""

    default = False

    def ready(self) -> None:
        """Nothing: accounts.sessions says when a row comes and goes."""
