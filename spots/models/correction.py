"""What a moderator changed in somebody else's spot or its photos: a line of the log, and a notice to the author."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils.translation import override

from accounts.models import User, moderates
from spots.models.moderation import ModerationAction

if TYPE_CHECKING:
    from spots.models.photo import SpotPhoto
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
            versions = (f"版 {self._version}", f"版 {self._spot.version}")
            ModerationAction.record(by, "edit", self._spot, *versions, _named(self._spot, changed))


def record_photo(photo: SpotPhoto, changed: Iterable[str], by: User | None) -> None:
    """The same of these fields of a photo, which has no versions; nothing where its spot is one's own."""
    if by is not None and by.pk != photo.spot.created_by_id and (names := [*changed]):
        ModerationAction.record(by, "edit", photo, "", "", _named(photo, names))


def record_added(spot: Spot, photos: Sequence[SpotPhoto], new_covers: Iterable[SpotPhoto], by: User) -> None:
    """That these were added, in one line however many, and each that took a cover's place; only of a moderator."""
    if photos and by.pk != spot.created_by_id and moderates(by):
        ModerationAction.record(by, "edit", spot, "", "", "写真の追加")
        for photo in new_covers:
            record_photo(photo, ["is_primary"], by)


def _named(row: Model, fields: Iterable[str]) -> str:
    with override("ja"):  # kept, and read in either language, like every reason
        return "、".join(str(row._meta.get_field(name).verbose_name) for name in fields)  # type: ignore[union-attr]
