"""`manage.py run_job NAME`: one of the jobs that the clock runs, now."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from machipoke.jobs import Job, JobFailedError, Result, all_jobs


class Command(BaseCommand):
    help = "時計が動かすジョブを、いま一度動かします。何度動かしても、害はありません。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", nargs="?", help="ジョブの名前（--list で一覧）")
        parser.add_argument("--list", action="store_true", help="ジョブの名前と間隔を並べます")
        parser.add_argument("--json", action="store_true", help="結果を JSON で出します")

    def handle(self, *args: Any, **options: Any) -> None:
        jobs = all_jobs()
        if options["list"]:
            self._list(jobs.values(), options["json"])
            return
        job = jobs.get(options["name"] or "")
        if job is None:
            raise CommandError(f"そのジョブはありません。あるのは {'、'.join(jobs)} です。", returncode=2)
        begun = time.monotonic()
        try:
            self._tell(job, job.run(), begun, options["json"])
        except JobFailedError as error:
            self._tell(job, error.result, begun, options["json"])
            raise CommandError(f"{job.name}: {error}") from error
        except Exception as error:
            reason = (str(error).splitlines() or [""])[0]
            raise CommandError(f"{job.name}: {type(error).__name__} {reason}".rstrip()) from error

    def _list(self, jobs: Collection[Job], as_json: bool) -> None:
        rows = [{"name": job.name, "every_seconds": int(job.every.total_seconds()), "about": job.about} for job in jobs]
        lines = [f"{job.name}\t{_interval(job.every)}\t{job.about}" for job in jobs]
        self.stdout.write(json.dumps(rows, ensure_ascii=False) if as_json else "\n".join(lines))

    def _tell(self, job: Job, result: Result, begun: float, as_json: bool) -> None:
        seconds = round(time.monotonic() - begun, 3)
        if as_json:
            self.stdout.write(json.dumps({"name": job.name, "seconds": seconds, "result": result}))
        else:
            done = "、".join(f"{job.words[what]} {count}" for what, count in result.items() if count)
            self.stdout.write(f"{job.name}: {done or 'することはありませんでした'}（{seconds} 秒）")


def _interval(every: timedelta) -> str:
    hours, minutes = divmod(int(every.total_seconds()) // 60, 60)
    return f"{hours}時間ごと" if hours else f"{minutes}分ごと"
