"""`manage.py rebuild_variants`: the usual sizes of public pictures that this server lacks, the newest first."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from machipoke.availability import Busy
from media_store import variant_files
from media_store.access import public_pictures
from media_store.addresses import widths_of
from media_store.delivery import making
from media_store.models import StoredObject
from media_store.variants import Variant

USUAL_WIDTHS = (320, 640, 1280)
"""What cards, phones and desktops ask for; the rest is made when somebody does."""

WORDS = {
    "made": "作った大きさ",
    "there": "もうあった大きさ",
    "failed": "作れなかった大きさ",
    "left": "手を付けていない写真",
}

_FULL_SHARE = 0.9
"""Beyond it the folder would drop what was just made."""

_log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "公開中の写真の、よく使う大きさ（幅 320・640・1280 の WebP）のうち、"
        "このサーバーにないものを、新しい写真から作ります。途中で止めても、次は続きから始まります。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="結果を JSON で出します")

    def handle(self, *args: Any, **options: Any) -> None:
        done = _rebuild(is_quiet=not self.stderr.isatty())
        if options["json"]:
            self.stdout.write(json.dumps(done))
        else:
            self.stdout.write("\n".join(f"{words}\t{done[name]}" for name, words in WORDS.items()))
            if done["left"]:
                self.stdout.write("VARIANT_CACHE_MB に達したため、残りの写真は作っていません。")
        if done["failed"]:
            raise CommandError(f"{done['failed']}個を作れませんでした。理由はログにあります。")


def _rebuild(is_quiet: bool) -> dict[str, int]:
    done = dict.fromkeys(WORDS, 0)
    room = variant_files.limit_bytes() * _FULL_SHARE - variant_files.used_bytes()
    rows = public_pictures().order_by("-created_at", "-pk")
    for row in tqdm(rows.iterator(chunk_size=500), total=rows.count(), disable=is_quiet, unit="枚"):
        if room <= 0:
            done["left"] += 1
            continue
        for outcome, size in (_made(row, width) for width in widths_of(row) if width in USUAL_WIDTHS):
            done[outcome] += 1
            room -= size
    return done


def _made(row: StoredObject, width: int) -> tuple[str, int]:
    """What became of one size, and its bytes where it is new."""
    if variant_files.find(row.key, Variant(width).name) is not None:
        return "there", 0
    try:
        content, is_new = making.make(row, Variant(width))
    except making.PictureGone:
        return "there", 0
    except (Busy, OSError, ValueError) as error:
        _log.error("%s, %s px: %s", row.key, width, error)
        return "failed", 0
    return ("made", len(content)) if is_new else ("there", 0)
