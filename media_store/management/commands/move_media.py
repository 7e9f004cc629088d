"""`manage.py move_media --to s3|folder`: every object to the other place, while the site stays up."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from machipoke.availability import is_unavailable
from media_store import moving


class Command(BaseCommand):
    help = "写真とファイルを、サイトを動かしたまま S3 かフォルダーに移します。止まっても、もう一度動かせば続きます。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", choices=["s3", "folder"], required=True, help="移す先")
        parser.add_argument(
            "--wait", type=float, default=moving.READERS_SECONDS, help="元のファイルを消すまでに待つ秒数（既定 30）"
        )
        parser.add_argument("--json", action="store_true", help="結果を JSON で出します")

    def handle(self, *args: Any, **options: Any) -> None:
        target: str = options["to"]
        try:
            with tqdm(desc="移動", total=moving.left_to_move(target), unit="件", disable=not _shows(options)) as bar:
                done = moving.move(target, lambda: bar.update(1) and None, options["wait"])
        except moving.MoveRefused as error:
            raise CommandError(f"move_media: {error}", returncode=2) from error
        except Exception as error:
            if not is_unavailable(error):
                raise
            hint = "もう一度動かせば続きます。"
            raise CommandError(f"move_media: ストアが答えません（{type(error).__name__} {error}）。{hint}") from error
        self._tell(done, options["json"])
        if done.failed:
            hint = "元の場所にないか、中身が記録と違います。行はそのままです。"
            raise CommandError(f"move_media: {done.failed}件を移せませんでした。{hint}")

    def _tell(self, done: moving.Moved, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(done)))
            return
        self.stdout.write(f"移したもの\t{done.moved}\n消した元のファイル\t{done.removed}")
        if done.under_way:
            self.stdout.write(f"元の場所で受け取っている途中\t{done.under_way}（あとでもう一度動かしてください）")


def _shows(options: dict[str, Any]) -> bool:
    return sys.stderr.isatty() and not options["json"]
