"""README and docs say what is there; committed files say nothing of the machines they were made on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests import architecture

RUN = (
    "python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.txt "
    "&& .venv/bin/python manage.py up --demo"
)
TEST = (
    "python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements-test.txt "
    "&& .venv/bin/python -m pytest"
)
_USUAL = {"/", "/app", "/home", "/mnt", "/opt", "/root", "/srv", "/tmp", "/usr", "/var"}
"""A checkout directly below these proves nothing: documentation names them as examples."""

_HERE = str(architecture.BASE_DIR.parent)
# In pieces, so that this file does not hold what it looks for.
UNWANTED = re.compile(
    "|".join(
        [
            "python" + r"hosted\.org",
            "pypi" + r"\.org/simple",
            "registry" + r"\.npmjs",
            "deb" + r"\.debian\.org",
            "/tmp/" + "bash",
            "(?!)" if _HERE in _USUAL else re.escape(f"{_HERE}/"),
        ]
    )
)


@pytest.fixture(scope="session")
def sources() -> dict[str, str]:
    return architecture.of_repository()


@pytest.fixture(scope="session")
def readme(sources: dict[str, str]) -> str:
    assert "README.md" in sources, "README.md is still to be written"
    return sources["README.md"]


# --- README ---


@pytest.mark.parametrize("command", [RUN, TEST])
def test_readme_has_the_two_commands_word_for_word(command: str, readme: str) -> None:
    assert command in [line.strip() for line in readme.splitlines()]


def test_readme_has_every_environment_variable_that_the_settings_read(readme: str, tmp_path: Path) -> None:
    # In a process of its own: other tests ask for variables that do not exist.
    code = "import machipoke.settings; from machipoke import env; print(*sorted(env.declared))"
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    declared = subprocess.run(
        [sys.executable, "-c", code], cwd=architecture.BASE_DIR, env=environment, capture_output=True, text=True
    )
    names = declared.stdout.split()
    assert "SITE_URL" in names, declared.stderr
    assert [name for name in names if not re.search(rf"`{name}`", readme)] == []


def test_readme_has_every_command_of_ours(readme: str) -> None:
    commands = [name for name, app in get_commands().items() if app in architecture.LAYERS]
    assert "up" in commands
    assert [name for name in sorted(commands) if not re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", readme)] == []


def dead_links(name: str, text: str, sources: dict[str, str]) -> list[str]:
    """Relative links and images of a Markdown file that lead to nothing in the repository."""
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.M | re.S)
    places = {*sources, *(str(parent) for path in sources for parent in Path(path).parents)}
    dead = []
    for target in re.findall(r"\]\(<?([^)\s>#?]+)", prose):
        path = os.path.normpath(Path(name).parent / target.rstrip("/"))
        if not re.match(r"[a-z]+:", target) and path not in places:
            dead.append(f"{name}: {target}")
    return dead


def test_every_relative_link_leads_somewhere(sources: dict[str, str]) -> None:
    pages = [name for name in sources if name.endswith(".md")]
    assert [link for name in pages for link in dead_links(name, sources[name], sources)] == []


def test_a_dead_link_is_found(sources: dict[str, str]) -> None:
    text = "[a](operations.md) [b](../manage.py#x) [c](https://example.org/) `[d](x)` [e](gone.md) ![f](../docs)"
    assert dead_links("docs/planted.md", text, sources | {"docs/operations.md": ""}) == ["docs/planted.md: gone.md"]


# --- what must not be committed ---


def unwanted_words(sources: dict[str, str]) -> list[str]:
    """Hosts of package registries, and paths of the machine."""
    return [f"{name}: {found[0]}" for name, text in sources.items() if (found := UNWANTED.search(text))]


def test_no_file_holds_a_registry_host_or_a_path_of_this_machine(sources: dict[str, str]) -> None:
    assert unwanted_words(sources) == []


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://" + "pypi" + ".org/simple",
        '"resolved": "https://' + "registry" + '.npmjs.org/x"',
        "https://files." + "python" + "hosted.org/packages/x",
        "cat /tmp/" + "bash_jobs/x",
    ],
)
def test_such_words_are_found(text: str) -> None:
    assert unwanted_words({"docs/planted.md": text})


# --- lock files ---


def pins(text: str) -> dict[str, str]:
    """Version by normalised name. Fails on a line that is no pin and no hash."""
    found = {}
    for requirement in re.sub(r"\\\n", " ", text).splitlines():
        line = requirement.strip()
        if line and not line.startswith("#"):
            pin = re.fullmatch(
                r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)( ;[^-]*(?:-(?!-)[^-]*)*)?( +--hash=sha256:[0-9a-f]{64})+", line
            )
            assert pin, f"not a hashed pin: {line[:80]}"
            found[_normal(pin[1])] = pin[2]
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _named(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return _normal(found[0])


def test_the_lock_files_pin_what_pyproject_names(sources: dict[str, str]) -> None:
    project = tomllib.loads(sources["pyproject.toml"])["project"]
    run, test = pins(sources["requirements.txt"]), pins(sources["requirements-test.txt"])
    assert {_named(line) for line in project["dependencies"]} <= set(run)
    assert {_named(line) for line in project["optional-dependencies"]["test"]} <= set(test)


def test_the_site_is_tested_with_the_versions_it_runs_on(sources: dict[str, str]) -> None:
    run, test = pins(sources["requirements.txt"]), pins(sources["requirements-test.txt"])
    assert run.items() <= test.items()


@pytest.mark.parametrize("line", ["django==5.2", "django>=5.2 --hash=sha256:" + "0" * 64, "--index-url x"])
def test_a_line_without_pin_or_hash_is_found(line: str) -> None:
    with pytest.raises(AssertionError, match="not a hashed pin"):
        pins(line)
