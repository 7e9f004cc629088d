"""`manage.py import_spots FILE`: places from a municipality's CSV file, again and again without doubles."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from tqdm import tqdm

from spots.models import Spot
from spots.open_data.importing import import_file
from spots.open_data.rows import Origin
from spots.open_data.text_file import BrokenFileError, known_encoding

_FIELDS = {field.name: field for field in Spot._meta.fields}


class Command(BaseCommand):
    help = "自治体のオープンデータ（CSV）からスポットを取り込みます。同じファイルをもう一度取り込んでも増えません。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV ファイル（UTF-8、Shift_JIS、UTF-16）")
        parser.add_argument("--source", help="出典の名前。次の取り込みはこの名前と ID で照合します。既定はファイル名")
        parser.add_argument("--licence", default="", help="ライセンス（例: CC BY 4.0）")
        parser.add_argument("--credit", default="", help="表示するクレジット（例: 福井県観光連盟）")
        parser.add_argument("--dry-run", action="store_true", help="何も書き込まず、結果だけを示します")
        parser.add_argument("--encoding", type=_encoding, help="文字コード。既定は自動で判定します")
        parser.add_argument("--json", action="store_true", help="結果を JSON だけで出します")

    def handle(self, *args: Any, **options: Any) -> None:
        origin = _origin(options)
        track = _bar if sys.stderr.isatty() and not options["json"] else _plain
        try:
            report = import_file(options["file"], origin, options["encoding"], options["dry_run"], track)
        except BrokenFileError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"ファイルを読めないか、一時ファイルを書けません（{error.strerror}）。") from error
        except DatabaseError as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise CommandError(f"データベースに書き込めません（{reason}）。何も変わっていません。") from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
            return
        self.stdout.write("\n".join(report.lines()))
        if options["dry_run"]:
            self.stdout.write("--dry-run のため、何も書き込んでいません。")


def _encoding(name: str) -> str:
    try:
        return known_encoding(name)
    except LookupError:
        raise argparse.ArgumentTypeError(f"「{name}」という文字コードはありません") from None


def _origin(options: dict[str, Any]) -> Origin:
    source = options["file"].stem if options["source"] is None else options["source"]
    texts = {"source": source, "licence": options["licence"], "credit": options["credit"]}
    for name, text in texts.items():
        try:
            texts[name] = _FIELDS[name].clean(text, None)
        except ValidationError as error:
            raise CommandError(f"--{name}: {' '.join(error.messages)}", returncode=2) from error
    if not texts["source"]:
        raise CommandError("--source: 出典の名前を指定してください。", returncode=2)
    return Origin(source_is_told=options["source"] is not None, **texts)


def _bar(things: Iterable[Any], label: str, total: int | None) -> Iterable[Any]:
    bar: Iterable[Any] = tqdm(things, desc=label, total=total, unit="行", leave=False)
    return bar


def _plain(things: Iterable[Any], _label: str, _total: int | None) -> Iterable[Any]:
    return things
