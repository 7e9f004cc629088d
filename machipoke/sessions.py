"""Sessions: rows in the database with a copy in the key/value store, where the row alone says whether one is alive."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.cached_db import SessionStore as CachedSessionStore
from django.utils import timezone


class SessionStore(CachedSessionStore):
    """Django's cached_db, but a copy without its row is dead.

    A logout while the store hangs deletes the row and cannot delete the copy; the store's append-only file would
    bring the session back to life afterwards. One indexed query per signed-in request is the price.
    """

    def load(self) -> dict[str, Any]:
        rows = self.model.objects.filter(session_key=self.session_key, expire_date__gt=timezone.now())
        if not rows.exists():
            self._session_key = None
            return {}
        found: dict[str, Any] = super().load()
        return found
