"""Asking, as anyone on the web would, whether what a moderator took away is gone from every address it had."""

from __future__ import annotations

import time
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, F
from django.utils import timezone

from spots.models import TakedownEvidence
from spots.models.takedown import GONE

PATIENCE_SECONDS = 3
"""For each address; what takes longer has not answered."""

RUN_SECONDS = 50
"""A run ends before the clock begins the next."""

MOST_ADDRESSES = 2_000
"""Of one run: at a local answer's 5 ms ten seconds, three full spots with every size."""

MOST_SILENT = 3
"""Addresses without an answer after which a run ends: the site is away, and the next run asks again."""


def ask_due() -> dict[str, int]:
    """Ask every address that is due, those never asked before first; how many are gone, still answer, or do not."""
    counts = {"gone": 0, "answering": 0, "silent": 0}
    until = time.monotonic() + RUN_SECONDS
    due = TakedownEvidence.objects.due().order_by(F("status").asc(nulls_first=True), "id")
    silent_in_a_row = 0
    for evidence in list(due[:MOST_ADDRESSES]):
        if silent_in_a_row == MOST_SILENT or time.monotonic() > until:
            break
        status = answer_at(evidence.url)
        TakedownEvidence.objects.filter(pk=evidence.pk).update(status=status, fetched_at=timezone.now())
        counts["gone" if status in GONE else "answering" if status else "silent"] += 1
        silent_in_a_row = 0 if status else silent_in_a_row + 1
    return counts


def answer_at(url: str) -> int:
    """The status at an address of this site, wherever it would lead on; 0 where nobody answers in time."""
    parts = urlsplit(url)
    if (parts.scheme, parts.netloc) not in _own() or parts.hostname is None:
        return 0
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def _own() -> set[tuple[str, str]]:
    return {urlsplit(base)[:2] for base in (settings.SITE_URL, settings.MEDIA_HOST) if base}


class Summary(NamedTuple):
    """What came of one takedown, in numbers of addresses: `statuses` are of those that still answer."""

    asked_for: int
    gone: int
    waiting: int
    silent: int
    statuses: tuple[int, ...]

    @property
    def is_done(self) -> bool:
        return self.gone == self.asked_for

    def __str__(self) -> str:
        """For moderators, with what to do."""
        if self.is_done:
            return f"取り下げの確認：{self.asked_for}件すべて 404"
        said = [f"取り下げの確認：{self.asked_for}件のうち{self.gone}件が 404"]
        if self.waiting:
            said.append(f"{self.waiting}件はこれから確かめます（1分ごと）")
        if self.statuses:
            answers = "・".join(map(str, sorted(set(self.statuses))))
            said.append(
                f"{len(self.statuses)}件はまだ答えています（{answers}）。1時間、確かめ直します。"
                "それでも残るときは、前に置いたプロキシやCDNのキャッシュを消してください"
            )
        if self.silent:
            said.append(
                f"{self.silent}件は答えがありませんでした。"
                "サーバーから SITE_URL に届くか、サイトの運営者に確かめてもらってください"
            )
        return "。".join(said) + "。"


def summaries(action_ids: Iterable[int]) -> dict[int, Summary]:
    """Of those of these lines of the log that took away what had addresses; one query."""
    rows = TakedownEvidence.objects.filter(action__in=action_ids).order_by().values("action", "status")
    found: dict[int, Summary] = {}
    for row in rows.annotate(number=Count("pk")):
        before = found.get(row["action"], Summary(0, 0, 0, 0, ()))
        number, status = row["number"], row["status"]
        found[row["action"]] = Summary(
            before.asked_for + number,
            before.gone + number * (status in GONE),
            before.waiting + number * (status is None),
            before.silent + number * (status == 0),
            before.statuses + ((status,) * number if status and status not in GONE else ()),
        )
    return found
