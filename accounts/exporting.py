"""A copy of everything about oneself: asked for on the site, made by the job process, gone a day later.

The row says what to do and the file follows it: a process that is killed anywhere leaves a pending row, which is made
again, or a file that no row asks for, which is swept. Two that make the same copy at once both write a whole file.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
import uuid
import zipfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.belongings import belongings
from accounts.letters import send_letter
from accounts.models import Export, User
from accounts.models.export import LINK_LIFETIME
from machipoke.availability import is_unavailable
from media_store import objects
from media_store.models import StoredObject
from media_store.stores import ObjectMissing

GIVEN_UP_AFTER = timedelta(days=1)
"""A copy that could not be made for so long, for a full disk or a database that is away, can be asked for anew."""

FAILURE_KEPT = timedelta(days=7)
"""How long the page says that a copy could not be made."""

_log = logging.getLogger(__name__)


def folder() -> Path:
    return Path(settings.DATA_DIR) / "private" / "exports"


def ask_for_copy(person: User) -> Export:
    """The copy that is under way for `person`, begun now where there is none."""
    try:
        with transaction.atomic():
            asked = Export.objects.create(user=person)
            # Robust: a queue that is away delays the copy, and the sweep finds it.
            transaction.on_commit(_nudge, robust=True)
            return asked
    except IntegrityError:  # one is under way
        return Export.objects.filter(user=person, state=Export.State.PENDING).first() or ask_for_copy(person)


def _nudge() -> None:
    from accounts.tasks import make_copies

    make_copies()


def make_pending() -> dict[str, int]:
    """Make every copy that was asked for, the oldest first."""
    done = [make(export) for export in Export.objects.filter(state=Export.State.PENDING).order_by("created_at")]
    return {"made": done.count(True), "failed": done.count(False)}


def make(export: Export) -> bool:
    """Write the file, then say that it is there, and tell its owner once; whether it is there."""
    pending = Export.objects.filter(pk=export.pk, state=Export.State.PENDING)
    try:
        size_bytes = _write(export)
    except Exception as error:  # noqa: BLE001 - one copy must not keep the others from being made
        _log.exception("The copy %s could not be made.", export.pk)
        passes = is_unavailable(error) or isinstance(error, OSError)
        if not passes or export.created_at < timezone.now() - GIVEN_UP_AFTER:
            pending.update(state=Export.State.FAILED)
        return False
    now = timezone.now()
    ready = {"state": Export.State.READY, "size_bytes": size_bytes, "ready_at": now, "expires_at": now + LINK_LIFETIME}
    if pending.update(**ready):
        export.refresh_from_db()
        _remove(Export.objects.filter(user_id=export.user_id, state=Export.State.READY).exclude(pk=export.pk))
        send_letter(export.user, "account/email/export_ready", {"export": export})
        return True
    is_wanted = Export.objects.filter(pk=export.pk, state=Export.State.READY).exists()
    if not is_wanted:  # its owner left while it was made
        export.path.unlink(missing_ok=True)
    return is_wanted


def _write(export: Export) -> int:
    """Put the whole file in its place, or leave nothing there; its bytes."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder(), prefix=f".{export.pk}.")  # 0600
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w") as archive, translation.override("ja"):
                _fill(archive, export)
            file.flush()
            os.fsync(file.fileno())
        size_bytes = unfinished.stat().st_size
        unfinished.replace(export.path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return size_bytes


def _fill(archive: zipfile.ZipFile, export: Export) -> None:
    person = export.user
    parts = belongings()
    context = {"person": person, "export": export, "parts": parts, "site_url": settings.SITE_URL}
    _add(archive, "README.txt", [render_to_string("account/export_readme.txt", context)])
    for part in parts:
        _add(archive, f"{part.name}.json", part.json(person))
        if part.table:
            _add(archive, f"{part.name}.csv", part.table(person))
        for name, row in part.files(person) if part.files else ():
            _add_object(archive, f"{part.name}/{name}", row)


def _add(archive: zipfile.ZipFile, name: str, chunks: Iterable[str]) -> None:
    with archive.open(_entry(name, zipfile.ZIP_DEFLATED), "w", force_zip64=True) as member:
        for chunk in chunks:
            member.write(chunk.encode())


def _add_object(archive: zipfile.ZipFile, name: str, row: StoredObject) -> None:
    """One file in memory at a time. Raises StoreUnavailable: the copy is made once the store is back."""
    try:
        content = objects.read(row)
    except ObjectMissing:  # lost for good: the copy is not to wait for it
        _add(archive, f"{name}.missing.txt", ["このファイルは見つかりませんでした。\n"])
        return
    with archive.open(_entry(name, zipfile.ZIP_STORED), "w", force_zip64=True) as member:
        member.write(content)


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, time.localtime()[:6])
    entry.compress_type = compression
    entry.external_attr = 0o600 << 16
    return entry


def sweep() -> dict[str, int]:
    """Remove copies whose day is over, and files that no row asks for."""
    now = timezone.now()
    over = Export.objects.filter(state=Export.State.READY, expires_at__lte=now)
    given_up = Export.objects.filter(state=Export.State.FAILED, created_at__lte=now - FAILURE_KEPT)
    return {"expired": _remove([*over, *given_up]), "stray": _sweep_strays()}


def _remove(exports: Iterable[Export]) -> int:
    """Remove these copies, row and file; how many. The newest of a person is the only one: the disk is everybody's."""
    removed = 0
    for export in exports:
        export.path.unlink(missing_ok=True)
        export.delete()
        removed += 1
    return removed


def _sweep_strays() -> int:
    strays = 0
    for path in folder().iterdir() if folder().is_dir() else ():
        state = _state_of(path)
        finished = not path.name.startswith(".")
        if state is None or (state != Export.State.PENDING and not (finished and state == Export.State.READY)):
            path.unlink(missing_ok=True)
            strays += 1
    return strays


def _state_of(path: Path) -> str | None:
    """What the row says that this file belongs to; None where there is none."""
    try:
        pk = uuid.UUID(path.name.removeprefix(".").partition(".")[0])
    except ValueError:
        return None
    return Export.objects.filter(pk=pk).values_list("state", flat=True).first()
