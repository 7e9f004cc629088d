"""`manage.py cleanup_media`: the sweep of objects, now; or what it would do."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from machipoke.availability import is_unavailable
from machipoke.jobs import JobFailedError, Result
from media_store import sweeping


class Command(BaseCommand):
    help = "使われなくなった写真とファイルを消します。10分ごとのジョブと同じで、何度動かしても害はありません。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="何も消さずに、消すものの数を出します")
        parser.add_argument("--json", action="store_true", help="結果を JSON で出します")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._tell(sweeping.due() if options["dry_run"] else sweeping.sweep(), options["json"])
        except JobFailedError as error:
            self._tell(error.result, options["json"])
            raise CommandError(f"cleanup_media: {error}") from error
        except Exception as error:
            if not is_unavailable(error):
                raise
            raise CommandError(f"cleanup_media: いまは使えません（{type(error).__name__}）。") from error

    def _tell(self, result: Result, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result))
            return
        lines = [f"{words}\t{result[reason]}" for reason, words in sweeping.WORDS.items()]
        self.stdout.write("\n".join(lines))
