"""`manage.py export_spots`: the listed spots as open data."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from spots.models import Spot
from spots.open_data.exporting import FORMATS, exported, write_atomically


class Command(BaseCommand):
    help = "公開中のスポットを書き出します。下書き・非表示・削除したスポットは入りません。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=list(FORMATS), default="csv", help="既定は csv（観光施設一覧の列）")
        parser.add_argument("--out", type=Path, help="書き出すファイル。既定は標準出力")

    def handle(self, *args: Any, **options: Any) -> None:
        # Not into a terminal that shows the file itself.
        shows_progress = sys.stderr.isatty() and (options["out"] is not None or not sys.stdout.isatty())
        chunks = exported(options["format"], _bar if shows_progress else None)
        if options["out"] is not None:
            try:
                write_atomically(options["out"], chunks)
            except OSError as error:
                raise CommandError(f"書き出せません（{error.strerror}）: {options['out']}") from error
            return
        # The file is UTF-8 whatever the terminal speaks, and its line ends are its own.
        binary = getattr(self.stdout, "buffer", None)
        for chunk in chunks:
            if binary is None:
                self.stdout.write(chunk, ending="")
            else:
                binary.write(chunk.encode())


def _bar(spots: Iterable[Spot], total: int) -> Iterable[Spot]:
    bar: Iterable[Spot] = tqdm(spots, desc="書き出し", total=total, unit="件", leave=False)
    return bar
