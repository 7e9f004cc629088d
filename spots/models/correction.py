"""What a moderator changed in a spot that is somebody else's: a line of the log, and a notice to its author."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import User
from spots.models.moderation import ModerationAction

if TYPE_CHECKING:
    from spots.models.spot import Spot

MOST_CHARACTERS = 200
"""What the log keeps of the values before and after."""


class Correction:
    """Reads the spot as it is stored: a form may have written on the object already.

    `record` is called within the transaction that stored the change.
    """

    def __init__(self, spot: Spot, changes: dict[str, Any], tag_names: list[str] | None) -> None:
        self._spot, self._names, self._with_tags = spot, list(changes), tag_names is not None
        stored = type(spot)._base_manager.select_related("category").filter(pk=spot.pk).first()
        self._before = self._values(stored or spot)

    def _values(self, spot: Spot) -> dict[str, str]:
        fields = {self._label(name): str(getattr(spot, name) or "—") for name in self._names}
        if self._with_tags:
            fields[self._label("tags")] = "・".join(spot.tags.values_list("name", flat=True)) or "—"
        return fields

    def _label(self, name: str) -> str:
        return str(self._spot._meta.get_field(name).verbose_name)  # type: ignore[union-attr]

    def record(self, by: User) -> None:
        """Nothing where every value is as it was."""
        after = self._values(self._spot)
        changed = [label for label, value in after.items() if value != self._before[label]]
        if changed:
            was, became = (_line({label: values[label] for label in changed}) for values in (self._before, after))
            ModerationAction.record(by, "edit", self._spot, was, became, _line(dict.fromkeys(changed, "")))


def _line(values: dict[str, str]) -> str:
    said = "、".join(f"{label}：{value}" if value else label for label, value in values.items())
    return said if len(said) <= MOST_CHARACTERS else f"{said[: MOST_CHARACTERS - 1]}…"
