"""People as the API tells them, and one's own account."""

from accounts.api.me import MeView
from accounts.api.people import PersonSerializer, ProfileSerializer, UserView, instant, person_json

__all__ = ["MeView", "PersonSerializer", "ProfileSerializer", "UserView", "instant", "person_json"]
