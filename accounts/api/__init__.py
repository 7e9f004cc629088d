"""People as the API tells them, and one's own account."""

from accounts.api.avatar import AvatarView
from accounts.api.me import MeView
from accounts.api.people import PersonSerializer, ProfileSerializer, UserView, instant, person_json
from accounts.api.sessions import SessionsView, SessionView
from accounts.api.tokens import TokensView, TokenView

__all__ = [
    "AvatarView",
    "MeView",
    "PersonSerializer",
    "ProfileSerializer",
    "SessionView",
    "SessionsView",
    "TokenView",
    "TokensView",
    "UserView",
    "instant",
    "person_json",
]
