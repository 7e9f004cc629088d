"""People, their tokens, what they are told, and the copies they ask for."""

from accounts.models.export import Export
from accounts.models.notice import Notice
from accounts.models.token import ApiToken
from accounts.models.user import (
    MODERATORS,
    PROFILE,
    User,
    UserManager,
    UserQuerySet,
    display_name,
    moderates,
)
from accounts.names import RESERVED_NAMES, validate_username

__all__ = [
    "MODERATORS",
    "PROFILE",
    "RESERVED_NAMES",
    "ApiToken",
    "Export",
    "Notice",
    "User",
    "UserManager",
    "UserQuerySet",
    "display_name",
    "moderates",
    "validate_username",
]
