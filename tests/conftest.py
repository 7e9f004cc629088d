"""The cast (hana the author, ren the visitor, mori the moderator) and the stores they meet."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.test import Client

from accounts.models import MODERATORS, User
from machipoke import caching, ratelimits
from machipoke.caching import BreakerCache, cache_settings
from spots.models import Category, Spot
from tests import second_factor
from tests.environment import start_valkey
from tests.key_value import Store

OPEN_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("open_data") and not OPEN_DATA.is_dir():
            item.add_marker(
                pytest.mark.skip(reason="../shared/data is not here; the small files in tests/ cover the rest")
            )


@pytest.fixture(scope="session", autouse=True)
def _valkey() -> Iterator[None]:
    process = start_valkey(django_settings.VALKEY_SOCKET, Path(django_settings.RUNTIME_DIR))
    yield
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A file, not shared memory: WAL and its locks are part of what is tested."""
    database: dict[str, Any] = django_settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = str(django_settings.DATA_DIR / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _static_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder: a fresh checkout has not collected its static files, and WhiteNoise warns of a missing one.

    For the session too: a live server begins before the settings of the first test.
    """
    django_settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    return Path(django_settings.STATIC_ROOT)


@pytest.fixture(autouse=True)
def _quick_and_clean(settings: Any, _static_root: Path) -> Iterator[None]:
    settings.STATIC_ROOT = _static_root
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    yield
    shutil.rmtree(Path(django_settings.DATA_DIR) / "cache" / "variants", ignore_errors=True)  # ids of rows come again
    for alias in ("default", "limits", "sessions"):
        caches[alias].clear()


@pytest.fixture
def open_data() -> Path:
    """The folder of real municipal files beside the project."""
    return OPEN_DATA


@pytest.fixture
def hana(db: None) -> User:
    """An author."""
    return User.objects.create_user("hana", "hana@example.jp", "tsubaki-no-michi", display_name="花")


@pytest.fixture
def ren(db: None) -> User:
    """A visitor with an account."""
    return User.objects.create_user("ren", "ren@example.jp", "kawara-no-kaze", display_name="蓮")


@pytest.fixture
def mori(db: None) -> User:
    """A moderator: staff through the group with a second factor, never a superuser."""
    from django.contrib.auth.models import Group

    person = User.objects.create_user("mori", "mori@example.jp", "yama-no-koe-99", display_name="森", is_staff=True)
    person.groups.add(Group.objects.get(name=MODERATORS))
    second_factor.give(person)
    return person


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """A browser in which that person is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The site's own store, for this test."""
    usual = settings.CACHES
    monkeypatch.setattr(BreakerCache, "_open_until", 0.0)
    caching._stand_in.clear()
    ratelimits._here.clear()
    with tempfile.TemporaryDirectory(prefix="kv-") as folder:
        own = Store(Path(folder))
        settings.CACHES = cache_settings(f"unix://{own.socket}")
        yield own
        settings.CACHES = usual
        own.kill()


@pytest.fixture
def make_spot(db: None) -> Callable[..., Spot]:
    """Stores a valid published spot; keyword arguments override fields, `category` may be a slug, `tags` names."""

    def make(name: str = "中央公園", tags: list[str] | None = None, category: str = "park", **fields: Any) -> Spot:
        from spots.models import Tag

        values = {
            "latitude": 36.0621,
            "longitude": 136.2196,
            "municipality_code": "182010",
            "address": "福井県福井市大手3丁目",
        }
        spot = Spot(name=name, category=Category.objects.get(slug=category), **(values | fields))
        spot.full_clean()
        spot.save()
        if tags:
            spot.tags.set(Tag.objects.for_names(tags))
        return spot

    return make
