"""What a moderator changed in a spot that is somebody else's: a line of the log, and a notice to its author."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import override

from accounts.models import User
from spots.models.moderation import ModerationAction

if TYPE_CHECKING:
    from spots.models.spot import Spot


class Correction:
    """Reads the spot as it is stored: a form may have written on the object already.

    The log names the fields and the versions, never the words: what is taken out because it tells of somebody must not
    live on there. `record` is called within the transaction that stored the change.
    """

    def __init__(self, spot: Spot, changes: dict[str, Any], tag_names: list[str] | None) -> None:
        self._spot, self._names, self._with_tags = spot, list(changes), tag_names is not None
        stored = type(spot)._base_manager.select_related("category").filter(pk=spot.pk).first() or spot
        self._before, self._version = self._values(stored), stored.version

    def _values(self, spot: Spot) -> dict[str, Any]:
        values: dict[str, Any] = {name: getattr(spot, name) for name in self._names}
        return values | {"tags": sorted(spot.tags.values_list("name", flat=True))} if self._with_tags else values

    def record(self, by: User) -> None:
        """Nothing where every value is as it was."""
        after = self._values(self._spot)
        changed = [name for name, value in after.items() if value != self._before[name]]
        if changed:
            with override("ja"):  # kept, and read in either language, like every reason
                fields = "、".join(str(self._spot._meta.get_field(name).verbose_name) for name in changed)  # type: ignore[union-attr]
            versions = (f"版 {self._version}", f"版 {self._spot.version}")
            ModerationAction.record(by, "edit", self._spot, *versions, fields)
