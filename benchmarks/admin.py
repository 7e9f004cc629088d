"""What a moderator's lists cost on a site with 100,000 of everything, and how long a merge of categories takes.

`.venv/bin/python -m benchmarks.admin [--spots 100000] [--database sqlite|postgres]`
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import timedelta
from statistics import median
from typing import Any

from benchmarks import population
from benchmarks.site import empty_site

PEOPLE = 20_000
CASES = 20_000
ROUNDS = 5
MOST_QUERIES = 12
MOST_MS = 500.0
"""The target of a list: half a second on the shared machine."""

LISTS = (
    *("spots/spot/", "spots/spot/?q=見どころ", "spots/spot/?q=@person0", "spots/spot/?state=hidden"),
    *("spots/spot/?state=published", "spots/spot/?created_at__year={year}", "spots/spot/?p=99"),
    *("spots/comment/", "spots/comment/?created_at__year={year}&created_at__month=5", "spots/savedlist/"),
    *("spots/case/", "spots/case/?state__exact=open", "spots/moderationaction/", "spots/moderationaction/?verb=merge"),
    *("spots/moderationaction/?q=@person0", "spots/category/", "accounts/user/", "accounts/user/?q=人7"),
    *("accounts/user/?suspended=yes", "accounts/user/?suspended=no"),
)


def main() -> int:
    """Print the table; 1 where a list misses a target."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--spots", type=int, default=100_000)
    options.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    chosen = options.parse_args()
    with empty_site(chosen.database):
        _plain_stores()
        population.fill(chosen.spots)
        moderator = _fill(chosen.spots)
        slow = _measure_lists(moderator)
        _measure_merge(moderator)
    return 1 if slow else 0


def _plain_stores() -> None:
    """No Valkey and no collected files: what is measured is the database and the templates."""
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    settings.CACHES = {name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"} for name in settings.CACHES}
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def _fill(count: int) -> Any:
    """People, comments, lists, cases and a log around the spots; the moderator."""
    from django.contrib.auth.models import Group
    from django.db import connection
    from django.utils import timezone

    from accounts.models import MODERATORS, User
    from spots.models import Case, Comment, ModerationAction, SavedList, Spot
    from tests import second_factor

    now = timezone.now()
    ids = _people(now)
    spots = list(Spot.objects.order_by("pk").values_list("pk", flat=True))
    id_field, time_field = Spot._meta.pk, Spot._meta.get_field("created_at")
    times = [time_field.get_db_prep_save(now - timedelta(minutes=10 * n), connection) for n in range(len(spots))]
    # A tenth are one person's: an importer's.
    rows = [
        (ids[number % PEOPLE] if number % 10 else ids[0], times[number], id_field.get_db_prep_save(pk, connection))
        for number, pk in enumerate(spots)
    ]
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE spots_spot SET created_by_id = %s, created_at = %s WHERE id = %s", rows)
    minutes = [now - timedelta(minutes=5 * number) for number in range(count)]
    Comment.objects.bulk_create(
        (
            Comment(spot_id=spots[n], author_id=ids[n % PEOPLE], body="いい所です", created_at=minutes[n])
            for n in range(count)
        ),
        batch_size=2000,
    )
    SavedList.objects.bulk_create(
        (SavedList(owner_id=pk, title="旅", visibility="public") for pk in ids), batch_size=2000
    )
    told = {"verb": "hide", "target_kind": "spot", "before": "published", "after": "hidden", "reason": "宣伝"}
    ModerationAction.objects.bulk_create(
        (
            ModerationAction(actor_id=ids[n % 5], target_id=str(spots[n]), created_at=minutes[n], **told)
            for n in range(count)
        ),
        batch_size=2000,
    )
    states = [*Case.State]
    Case.objects.bulk_create(
        (
            Case(target_kind="spot", target_id=str(spots[n]), state=states[n % 3], report_count=1, opened_at=minutes[n])
            for n in range(min(CASES, count))
        ),
        batch_size=2000,
    )
    moderator = User.objects.create_user("mori", "mori@example.jp", "yama-no-koe-99", is_staff=True)
    moderator.groups.add(Group.objects.get(name=MODERATORS))
    second_factor.give(moderator)
    return moderator


def _people(now: Any) -> list[int]:
    from accounts.models import User

    def person(number: int) -> User:
        name, mail = f"person{number}", f"person{number}@example.jp"
        made = now - timedelta(hours=number / 2)
        return User(
            username=name, username_key=name, display_name=f"人{number}", email=mail, email_key=mail, created_at=made
        )

    User.objects.bulk_create((person(number) for number in range(PEOPLE)), batch_size=2000)
    return list(User.objects.order_by("pk").values_list("pk", flat=True))


def _measure_lists(moderator: Any) -> list[str]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    client = Client()
    client.force_login(moderator)
    slow = []
    print(f"{'ms':>8} {'queries':>8}  list")
    for pattern in LISTS:
        path = pattern.format(year=timezone.now().year)
        client.get(f"/admin/{path}")
        taken = []
        for _round in range(ROUNDS):
            begun = time.perf_counter()
            client.get(f"/admin/{path}")
            taken.append((time.perf_counter() - begun) * 1000)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/admin/{path}").status_code == 200, path
        print(f"{median(taken):8.0f} {len(asked):8}  {path}")
        if median(taken) > MOST_MS or len(asked) > MOST_QUERIES:
            slow.append(path)
    return slow


def _measure_merge(moderator: Any) -> None:
    """First one category of a dozen, then every spot there is."""
    from spots.models import Category, Spot

    by_slug = {category.slug: category for category in Category.objects.all()}
    for slug, everything in (("park", False), ("food", True)):
        if everything:
            Spot.objects.update(category=by_slug[slug])
        wall, cpu = time.perf_counter(), time.process_time()
        moved = by_slug[slug].merge_into(by_slug["nature"], moderator, "同じ意味のカテゴリがある")
        seconds, busy = time.perf_counter() - wall, time.process_time() - cpu
        print(f"merge of {moved:,} spots: {seconds:.1f} s, CPU {busy:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
