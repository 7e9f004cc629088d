"""The shape of the code, proven from its sources; each rule is shown to fail on a planted violation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import architecture
from tests.architecture import Sources

Rule = Callable[[Sources], list[str]]

RULES: list[Rule] = [
    architecture.backward_imports,
    architecture.import_cycles,
    architecture.relative_imports,
    architecture.long_files,
    architecture.long_functions,
    architecture.long_partials,
    architecture.stray_entries,
    architecture.foreign_code,
    architecture.unguarded_queries,
    architecture.inline_code,
]
LONG_FUNCTION = "def long() -> None:\n" + "    print()\n" * 60

VIOLATIONS: list[tuple[Rule, str, str]] = [
    (architecture.backward_imports, "accounts/planted.py", "from spots.models import Spot\n"),
    (architecture.backward_imports, "media_store/planted.py", "def late():\n    import accounts.models\n"),
    (
        architecture.backward_imports,
        "machipoke/planted.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from media_store.apps import X\n",
    ),
    (architecture.backward_imports, "machipoke/management/commands/planted.py", "import spots.models\n"),
    (architecture.backward_imports, "machipoke/planted.py", "from machipoke import settings\n"),
    (architecture.backward_imports, "machipoke/planted.py", "import_module('spots.models')\n"),
    (architecture.backward_imports, "spots/planted.py", "from tests.spots import geo\n"),
    (architecture.backward_imports, "spots/planted.py", "from machipoke.urls import urlpatterns\n"),
    (architecture.import_cycles, "spots/planted.py", "import spots.planted\n"),
    (architecture.import_cycles, "machipoke/env.py", "from machipoke import caching, settings\n"),
    (architecture.relative_imports, "spots/views/planted.py", "from ..models import Spot\n"),
    (architecture.long_files, "spots/planted.py", "x = 1\n" * 401),
    (architecture.long_files, "machipoke/static/js/planted.js", "x();\n" * 401),
    (architecture.long_functions, "benchmarks/planted.py", LONG_FUNCTION),
    (architecture.long_functions, "spots/planted.py", f"async {LONG_FUNCTION}"),
    (architecture.long_partials, "templates/spots/_planted.html", "<p></p>\n" * 61),
    (architecture.stray_entries, "utils/planted.py", ""),
    (architecture.stray_entries, "package-lock.json", ""),
    (architecture.foreign_code, "machipoke/static/js/leaflet.min.js", ""),
    (architecture.foreign_code, "machipoke/vendor/planted.py", ""),
    (architecture.foreign_code, "machipoke/static/js/planted.js", "/*! planted 1.0 */\n"),
    (architecture.foreign_code, "spots/planted.py", "# Copyright 2020 Somebody\n"),
    (architecture.unguarded_queries, "spots/views/planted.py", "spots = Spot.objects.filter(pk=1)\n"),
    (architecture.unguarded_queries, "spots/views/planted.py", "spot = get_object_or_404(Spot, pk=1)\n"),
    (architecture.unguarded_queries, "spots/api/planted.py", "class View:\n    queryset = Comment.objects\n"),
    (architecture.unguarded_queries, "spots/feeds.py", "items = Spot._default_manager.all()\n"),
    (architecture.unguarded_queries, "spots/sitemaps.py", "items = sorted(SavedList.objects.all())\n"),
    (architecture.unguarded_queries, "accounts/api.py", "user = User.objects.get(pk=1)\n"),
    (
        architecture.inline_code,
        "templates/planted.html",
        '<p\n  class="{% if a > b %}x{% endif %}" style="color: red">\n',
    ),
    (architecture.inline_code, "templates/planted.html", "<style>p { color: red }</style>\n"),
    (architecture.inline_code, "templates/planted.html", "<script>go()</script>\n"),
    (architecture.inline_code, "templates/planted.html", "<script type=module>go()</script>\n"),
    (architecture.inline_code, "templates/planted.html", '<button onclick="go()">\n'),
    (architecture.inline_code, "spots/templates/planted.html", '<a href="javascript:go()">\n'),
]

HARMLESS: list[tuple[Rule, str, str]] = [
    (architecture.backward_imports, "machipoke/management/commands/planted.py", "call_command('seed_demo')\n"),
    (architecture.backward_imports, "spots/planted.py", "from machipoke import env\nfrom media_store import apps\n"),
    (architecture.import_cycles, "spots/planted.py", "def late() -> None:\n    import spots.planted\n"),
    (architecture.long_functions, "tests/planted.py", LONG_FUNCTION),
    (architecture.long_partials, "templates/planted.html", "<p></p>\n" * 61),
    (
        architecture.unguarded_queries,
        "spots/views/planted.py",
        "a = Spot.objects.filter(pk=1).visible_to(viewer).get()\n",
    ),
    (architecture.unguarded_queries, "spots/views/planted.py", "made = Comment.objects.create(body='')\n"),
    (architecture.unguarded_queries, "spots/planted.py", "spots = Spot.objects.all()\n"),
    (architecture.inline_code, "templates/planted.html", '<script type="application/ld+json">{}</script>\n'),
    (
        architecture.inline_code,
        "templates/planted.html",
        '<script type="module" src="{% static "js/map.js" %}"></script>\n',
    ),
    (architecture.inline_code, "templates/planted.html", '<p data-on="x">on a = b</p>{# style="" #}\n'),
]


@pytest.fixture(scope="session")
def sources() -> dict[str, str]:
    return architecture.of_repository()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_sources_keep_the_rule(rule: Rule, sources: dict[str, str]) -> None:
    assert rule(sources) == []


@pytest.mark.parametrize(("rule", "path", "text"), VIOLATIONS)
def test_a_violation_is_found(rule: Rule, path: str, text: str, sources: dict[str, str]) -> None:
    found = rule(sources | {path: text})
    module = path.removesuffix(".py").replace("/", ".")
    assert any(path in problem or module in problem or problem == path.partition("/")[0] for problem in found)


@pytest.mark.parametrize(("rule", "path", "text"), HARMLESS)
def test_what_is_allowed_is_not_found(rule: Rule, path: str, text: str, sources: dict[str, str]) -> None:
    assert set(rule(sources | {path: text})) <= set(rule(sources))


def test_every_rule_has_a_violation_that_it_finds() -> None:
    assert {rule for rule, _path, _text in VIOLATIONS} == set(RULES)


def test_the_models_with_a_door_are_known(sources: dict[str, str]) -> None:
    assert {"Spot", "Comment", "SavedList", "User"} <= architecture.guarded_models(sources)


def test_every_file_of_the_repository_is_looked_at(sources: dict[str, str]) -> None:
    assert {"manage.py", "spots/nearest.py", "machipoke/settings.py"} <= set(sources)
