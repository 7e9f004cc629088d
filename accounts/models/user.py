"""People: who they are, what they are called, and whether they may write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import regex
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models.notice import Notice
from accounts.names import validate_display_name, validate_username
from accounts.passwords import is_overlong, refuse_overlong
from machipoke.fields import LineField, ProseField, refuse_blank
from machipoke.sessions import end_sessions_of
from machipoke.text import identity
from machipoke.versions import Stale, version_of
from media_store.addresses import address
from media_store.models import ObjectField, Withdrawal

MODERATORS = "moderators"
"""The group whose members may use the admin panel; made by a migration with exactly the permissions its work needs."""

PROFILE = ("display_name", "bio", "language")
"""What people change of themselves on their profile's page and by the API."""


def moderates(viewer: User | AnonymousUser | None) -> bool:
    """Whether the viewer is a moderator; nobody anonymous is."""
    return isinstance(viewer, User) and viewer.is_moderator


def display_name(user: User) -> str:
    """The name shown for `user` (allauth's ACCOUNT_USER_DISPLAY)."""
    return user.display_name


class UserQuerySet(models.QuerySet["User"]):
    """The rules about people that a query can hold."""

    def visible_to(self, viewer: User | AnonymousUser | None) -> UserQuerySet:
        """People with an active account; moderators also see the others."""
        return self if moderates(viewer) else self.filter(is_active=True)

    def named(self, username: str) -> UserQuerySet:
        """The person of that user name, in any width or case."""
        return self.filter(username_key=identity(username))

    def at_address(self, email: str) -> UserQuerySet:
        """The person of that e-mail address, be it the one in use or another that was added to the account."""
        key = identity(email)
        return self.filter(Q(email_key=key) | Q(emailaddress__email=key)).distinct()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes people with a hashed password."""

    def create_user(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        """Validate and store a person; raises ValidationError for a bad or taken name or address."""
        user: User = self.model(username=username, email=email, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        person: User = self.named(username or "").get()
        return person


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # of knox, untyped
    """A person with an account. The user name is unique after NFKC and casefold."""

    class Language(models.TextChoices):
        JAPANESE = "ja", "日本語"
        ENGLISH = "en", "English"

    username = models.CharField(_("ユーザー名"), max_length=30, unique=True, validators=[validate_username])
    username_key = models.CharField(max_length=120, unique=True, editable=False)
    display_name = LineField(_("表示名"), limit=30, validators=[refuse_blank])
    email = models.EmailField(_("メールアドレス"), max_length=254)
    email_key = models.CharField(max_length=320, unique=True, editable=False)
    bio = ProseField(_("自己紹介"), limit=500, blank=True)
    language = models.CharField(_("ことば"), max_length=2, choices=Language, default=Language.JAPANESE)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    avatar = ObjectField(on_delete=models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("写真"))
    suspended_until = models.DateTimeField(_("利用停止の終わり"), null=True, blank=True)
    suspended_reason = LineField(_("利用停止の理由"), limit=200, blank=True)
    deletion_due_at = models.DateTimeField(_("退会の日時"), null=True, blank=True, editable=False)
    deletion_keeps_posts = models.BooleanField(_("退会しても投稿を残す"), default=True, editable=False)
    is_active = models.BooleanField(_("有効"), default=True)
    is_staff = models.BooleanField(_("管理画面に入れる"), default=False)
    created_at = models.DateTimeField(_("登録した日時"), default=timezone.now, editable=False)

    objects = UserManager()
    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("利用者")
        verbose_name_plural = _("利用者")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
            models.Index(fields=["deletion_due_at"], condition=~Q(deletion_due_at=None), name="user_leaving"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(language__in=["ja", "en"]), name="user_language_known"),
            models.CheckConstraint(condition=~Q(display_name=""), name="user_has_display_name"),
        ]

    def __str__(self) -> str:
        return f"{self.display_name} (@{self.username})"

    def clean_fields(self, exclude: Any = None) -> None:
        self._derive()
        super().clean_fields(exclude=exclude)
        if "display_name" not in (exclude or ()) and self.display_name != self.username:
            try:
                validate_display_name(self.display_name, self.is_staff)
            except ValidationError as error:
                raise ValidationError({"display_name": error}) from error

    def validate_unique(self, exclude: Any = None) -> None:
        """Uniqueness is on the folded forms; the error belongs to the field the person typed."""
        others = User.objects.exclude(pk=self.pk) if self.pk else User.objects.all()
        taken: dict[str, Any] = {}
        if others.filter(username_key=self.username_key).exists():
            taken["username"] = ValidationError(_("このユーザー名はもう使われています。"), code="unique")
        if others.at_address(self.email).exists():
            taken["email"] = ValidationError(_("このメールアドレスはもう使われています。"), code="unique")
        if taken:
            raise ValidationError(taken)

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        self._derive()
        if update_fields is not None:  # allauth stores an address alone
            update_fields = {*update_fields, *(f"{name}_key" for name in {"username", "email"} & {*update_fields})}
        with transaction.atomic():
            if not self.is_active:
                self.withdraw_avatar()
            super().save(*args, update_fields=update_fields, **kwargs)

    def withdraw_avatar(self) -> None:
        """Nobody serves the picture of a closed account from memory; part of the transaction that closes it."""
        if self.avatar is not None:
            Withdrawal.objects.withdraw([self.avatar.key])

    def _derive(self) -> None:
        self.username_key = identity(self.username)
        self.email = self.email_key = identity(self.email)
        if self._state.adding:
            self.display_name = self.display_name or self.username

    def join(self) -> None:
        """Store a new person whose address is proven; raises ValidationError for what is taken by now."""
        from allauth.account.models import EmailAddress

        self.full_clean()
        try:
            with transaction.atomic():
                self.save(force_insert=True)
                EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)
        except IntegrityError:
            self.validate_unique()  # whoever joined at the same moment is there now
            raise

    @property
    def profile_version(self) -> str:
        """Which text of the profile this is."""
        return version_of(*(getattr(self, name) for name in PROFILE))

    def edit_profile(self, changes: dict[str, str], expected: str | None = None) -> None:
        """Validate and store `changes` of the members of `PROFILE` on top of the version `expected`, or of any.

        Raises ValidationError, or Stale with the row as it is now when someone else stored a change first.
        """
        with transaction.atomic():
            current = User.objects.select_for_update().get(pk=self.pk)
            if expected not in (None, current.profile_version):
                raise Stale(current)
            for name, value in changes.items():
                setattr(current, name, value)
            current.full_clean(exclude={field.name for field in self._meta.fields} - set(changes))
            current.save(update_fields=list(changes))
        for name in PROFILE:
            setattr(self, name, getattr(current, name))

    @cached_property
    def is_moderator(self) -> bool:
        """Whether this person moderates: staff in the group, or a superuser; not while suspended."""
        return self.may_write and self.is_staff and (self.is_superuser or self.groups.filter(name=MODERATORS).exists())

    @cached_property
    def has_second_factor(self) -> bool:
        """Whether signing in takes more than the password."""
        from allauth.mfa.models import Authenticator

        strong = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        return bool(Authenticator.objects.filter(user_id=self.pk, type__in=strong).exists())

    @property
    def may_enter_admin(self) -> bool:
        """Whether the admin panel exists for this person: a moderator or operator with a second factor."""
        return self.is_moderator and self.has_second_factor

    @property
    def is_suspended(self) -> bool:
        """Whether a moderator has taken the right to write away for now."""
        return self.suspended_until is not None and self.suspended_until > timezone.now()

    @property
    def may_write(self) -> bool:
        """Whether this person may post, edit, comment and save at all."""
        return self.is_active and not self.is_suspended

    def suspend(self, until: datetime, reason: str) -> None:
        """Take the right to write away until then; the person is told why."""
        self._store_suspension(Notice.Kind.SUSPENDED, reason, suspended_until=until, suspended_reason=reason)

    def end_suspension(self, reason: str = "") -> None:
        """Give the right to write back now, and tell the person."""
        self._store_suspension(Notice.Kind.UNSUSPENDED, reason, suspended_until=None, suspended_reason="")

    def _store_suspension(self, kind: str, reason: str, **values: Any) -> None:
        with transaction.atomic():
            User.objects.filter(pk=self.pk).update(**values)
            until = values["suspended_until"]
            subject = f"〜{timezone.localtime(until):%Y-%m-%d %H:%M}" if until else ""
            notice = Notice(user_id=self.pk, kind=kind, subject=subject, reason=reason, path="/accounts/profile/")
            Notice.tell([notice])
        for name, value in values.items():
            setattr(self, name, value)

    def end_all_sessions(self) -> None:
        """End every session of this person from the next request on, whatever the key/value store remembers."""
        User.objects.filter(pk=self.pk).update(session_epoch=models.F("session_epoch") + 1)
        end_sessions_of(self.pk)
        self.refresh_from_db(fields=["session_epoch"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django compares this on each signed-in request with the row just read, so the epoch ends sessions at once."""
        known = f"{self.password}:{self.session_epoch}"
        return salted_hmac("accounts.session", known, secret=secret, algorithm="sha256").hexdigest()

    def set_password(self, raw_password: str | None) -> None:
        """Raises ValidationError, before anything is hashed, for what is too long."""
        refuse_overlong(raw_password)
        super().set_password(raw_password)

    def check_password(self, raw_password: str | None) -> bool:
        return not is_overlong(raw_password or "") and super().check_password(raw_password)

    @property
    def initial(self) -> str:
        """The one character of the avatar placeholder."""
        return str(regex.findall(r"\X", self.display_name)[0]).upper()

    @property
    def avatar_sources(self) -> dict[str, str]:
        """Addresses of the picture, by the width that a page draws it at; empty where there is none."""
        if self.avatar is None:
            return {}
        return {f"w{width}": address(self.avatar, width, is_public=self.is_active) for width in (160, 320)}

    @property
    def hue(self) -> str:
        """The category whose colour the avatar placeholder borrows; stable per person."""
        from zlib import crc32

        hues = ("nature", "shrine-temple", "history", "museum", "food", "shop", "stay", "onsen", "park", "event")
        return hues[crc32(self.username_key.encode()) % len(hues)]

    def get_absolute_url(self) -> str:
        return f"/users/{self.username}/"
