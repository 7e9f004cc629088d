"""Candidates against the rows there are: what is new, what changed, what stays. Writes in batches, or only compares."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Container, Iterable, Iterator
from itertools import islice

from django.db import connection, reset_queries
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from machipoke.text import identity as tag_key
from spots.models import Category, Spot, Tag
from spots.models.category import OTHER
from spots.open_data.report import Refusal, Report
from spots.open_data.rows import Candidate, new_id

BATCH = 500
"""Rows compared and written at once: a few hundred kB of objects, and a handful of statements per batch."""

CACHE_KB = 98_304
"""96 MB: 100,000 spots with their indexes fit."""

_Link = Spot.tags.through


class Store:
    """One run. `report` fills up as candidates are taken; nothing is written unless `writes`."""

    def __init__(self, report: Report, writes: bool) -> None:
        self._report, self._writes = report, writes
        self._now = timezone.now()
        if writes:
            Category.objects.all().hold()
        # A file may well have the slug or name of a category that was merged since.
        in_use = Category.objects.values_list("slug", Coalesce("merged_into_id", "pk"))
        self._categories: dict[str, int] = dict(in_use)
        self._tags: dict[str, Tag] = {}
        self._lines: dict[uuid.UUID, int] = {}

    def take(self, candidates: Iterable[Candidate]) -> None:
        """Create or change a spot for each candidate. The caller holds the transaction."""
        remaining = iter(candidates)
        while batch := list(islice(remaining, BATCH)):
            self._take_batch(batch)
            reset_queries()  # with DEBUG on, Django keeps the text of every statement

    def _take_batch(self, batch: list[Candidate]) -> None:
        found = _Existing(batch, locked=self._writes)
        wants_tags = any(candidate.tags for candidate in batch)
        tags_before = _tag_keys(list(found.spots())) if wants_tags else {}
        made: list[Spot] = []
        changed: list[tuple[Spot, set[str]]] = []
        tagged: dict[uuid.UUID, list[str]] = {}
        for candidate in batch:
            spot = found.spot_of(candidate)
            pk = spot.pk if spot else new_id(candidate.identity)
            if not self._is_first(candidate, pk) or not (spot or self._has_category(candidate)):
                continue
            if candidate.tags and {tag_key(name) for name in candidate.tags} != tags_before.get(pk, set()):
                tagged[pk] = candidate.tags
            if spot is None:
                made.append(self._new(pk, candidate))
            elif (fields := self._apply(spot, candidate)) or pk in tagged:
                changed.append((spot, fields))
            else:
                self._report.same += 1
        self._report.created += len(made)
        self._report.changed += len(changed)
        if self._writes:
            self._write(made, changed, tagged)

    def _is_first(self, candidate: Candidate, pk: uuid.UUID) -> bool:
        """Two records of one spot: the second is refused, however it names the spot."""
        first = self._lines.setdefault(pk, candidate.line)
        if first == candidate.line:
            return True
        self._report.refused.append(Refusal(candidate.line, f"{first}行目と同じスポットです。"))
        return False

    def _has_category(self, candidate: Candidate) -> bool:
        """Whether a new spot has a category to go to; a guess that this site lacks goes to `OTHER`."""
        slug = {**candidate.guessed, **candidate.stated}["category"]
        if slug in self._categories or OTHER in self._categories:
            return True
        reason = f"カテゴリ「{slug}」がなく、代わりの「{OTHER}」もありません。"
        self._report.refused.append(Refusal(candidate.line, reason))
        return False

    def _new(self, pk: uuid.UUID, candidate: Candidate) -> Spot:
        values = {**candidate.guessed, **candidate.stated}
        slug = values.pop("category")
        category_id = self._categories[slug if slug in self._categories else OTHER]
        state, now = Spot.State.PUBLISHED, self._now
        times = {"created_at": now, "updated_at": now, "published_at": now}
        return Spot(pk=pk, category_id=category_id, state=state, **times, **values)

    def _apply(self, spot: Spot, candidate: Candidate) -> set[str]:
        """Set on `spot` what the file says differently; the names of those fields. Nobody's state is touched."""
        values = dict(candidate.stated)
        if candidate.identity.spot_id:
            # Found by our own id: where it once came from stays as it is.
            values.pop("source", None)
            values.pop("external_id", None)
        code = candidate.guessed.get("municipality_code")
        # What we worked out yields to what people corrected since, until the address itself is another one.
        if code and (not spot.municipality_code or values.get("address", spot.address) != spot.address):
            values["municipality_code"] = code
        if "category" in values:
            values["category_id"] = self._categories[values.pop("category")]
        fields = {field for field, value in values.items() if getattr(spot, field) != value}
        for field in fields:
            setattr(spot, field, values[field])
        return {field.removesuffix("_id") if field == "category_id" else field for field in fields}

    def _write(
        self, made: list[Spot], changed: list[tuple[Spot, set[str]]], tagged: dict[uuid.UUID, list[str]]
    ) -> None:
        Spot.objects.bulk_create(made, batch_size=BATCH)
        fields = sorted(set().union(*(names for _spot, names in changed)))
        if fields:
            Spot.objects.bulk_update([spot for spot, names in changed if names], fields, batch_size=100)
        rows = Spot.objects.filter(pk__in=[spot.pk for spot, _names in changed])
        rows.update(version=F("version") + 1, updated_at=self._now)
        self._write_tags(tagged)

    def _write_tags(self, tagged: dict[uuid.UUID, list[str]]) -> None:
        names = {tag_key(name): name for names in tagged.values() for name in names}
        missing = [name for key, name in names.items() if key not in self._tags]
        self._tags |= {tag.key: tag for tag in Tag.objects.for_names(missing)}
        _Link.objects.filter(spot_id__in=list(tagged)).delete()
        links = {(pk, self._tags[tag_key(name)].pk) for pk, names in tagged.items() for name in names}
        _Link.objects.bulk_create([_Link(spot_id=pk, tag_id=tag) for pk, tag in sorted(links)], batch_size=BATCH)


@contextlib.contextmanager
def roomy_cache() -> Iterator[None]:
    """Let SQLite keep the tables in memory: with its 2 MB every row's dozen index entries are read from disk again."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {before}")


class _Existing:
    """The stored spots that a batch of candidates may mean; `locked` until the transaction ends."""

    def __init__(self, batch: list[Candidate], locked: bool) -> None:
        spots = Spot.objects.order_by()
        spots = spots.select_for_update() if locked else spots
        own_ids = [candidate.identity.spot_id for candidate in batch if candidate.identity.spot_id]
        self._by_id = {str(spot.pk): spot for spot in spots.filter(pk__in=own_ids)}
        by_source: dict[str, list[str]] = {}
        for _spot_id, source, external_id in (candidate.identity for candidate in batch):
            if external_id:
                by_source.setdefault(source, []).append(external_id)
        for source, ids in by_source.items():
            # The index on both is partial; SQLite uses it only where the question repeats its condition.
            for spot in spots.filter(source=source, external_id__in=ids).exclude(external_id=""):
                self._by_id.setdefault(str(spot.pk), spot)
        self._by_source = {(spot.source, spot.external_id): spot for spot in self._by_id.values()}

    def spots(self) -> Iterator[Spot]:
        return iter(self._by_id.values())

    def spot_of(self, candidate: Candidate) -> Spot | None:
        spot_id, source, external_id = candidate.identity
        return self._by_id.get(spot_id) or (self._by_source.get((source, external_id)) if external_id else None)


def _tag_keys(spots: list[Spot]) -> dict[uuid.UUID, set[str]]:
    keys: dict[uuid.UUID, set[str]] = {}
    for spot_id, key in _Link.objects.filter(spot__in=spots).values_list("spot_id", "tag__key"):
        keys.setdefault(spot_id, set()).add(key)
    return keys


def missing_ids(source: str, seen: Container[str]) -> list[str]:
    """The ids of that source which a spot has and the file has not, deleted spots left out, in order."""
    rows = Spot.objects.filter(source=source).exclude(external_id="").exclude(state=Spot.State.DELETED).order_by()
    return sorted(
        external_id
        for external_id in rows.values_list("external_id", flat=True).iterator(chunk_size=5000)
        if external_id not in seen
    )
