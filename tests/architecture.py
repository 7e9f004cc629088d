"""The rules of the code's shape, each a function from sources to what breaks it (asked by test_architecture.py)."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

Sources = Mapping[str, str]
"""Text by path from the top of the repository, with `/`; binary files are there with an empty text."""

BASE_DIR = Path(__file__).resolve().parent.parent
FILE_LINES, FUNCTION_LINES, PARTIAL_LINES = 400, 60, 60

ROOTS = ("manage", "machipoke.settings", "machipoke.urls", "machipoke.wsgi", "machipoke.webserver")
"""What starts the rest and is imported by none; `webserver` is the program that `up` runs."""

LAYERS = ("spots", "accounts", "media_store", "machipoke")
"""Left to right: each may import itself and what stands to its right."""

OUTSIDE = ("tests", "benchmarks")
"""May import everything and is imported by nothing of the site."""

TOP_LEVEL = {
    *("manage.py", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"),
    *("machipoke", "spots", "accounts", "media_store", "templates", "tests", "benchmarks", "docs"),
    *("requirements.txt", "requirements-test.txt"),
}


def of_repository() -> dict[str, str]:
    """Everything that is committed or would be."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=BASE_DIR, capture_output=True, text=True, check=True).stdout.split("\0")
    return {name: _text(BASE_DIR / name) for name in names if name and (BASE_DIR / name).is_file()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


# --- imports ---


class Import(NamedTuple):
    """One module naming another; `at_start` when it happens as the module is loaded."""

    path: str
    line: int
    target: str
    at_start: bool


def modules(sources: Sources) -> dict[str, str]:
    """Module name by path."""
    return {path: _module(path) for path in sources if path.endswith(".py") and not path.startswith(".")}


def _module(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: str, text: str, known: set[str]) -> Iterator[Import]:
    """Every import of a module of ours; `from package import name` means the module `package.name`, if there is one."""
    for found in _imports(path, text):
        target = found.target
        while target and target not in known:
            target = target.rpartition(".")[0]
        if target:
            yield found._replace(target=target)


@cache
def _imports(path: str, text: str) -> tuple[Import, ...]:
    tree = _parse(text)
    late = {id(node) for node in _late(tree)}
    return tuple(
        Import(path, node.lineno, target, id(node) not in late)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)
        for target in _targets(path, node)
    )


def _late(tree: ast.Module) -> Iterator[ast.AST]:
    """What runs after the module is loaded, or for the type checker alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from ast.walk(node)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                yield from ast.walk(statement)


def _targets(path: str, node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = _module(path).split(".") if path.endswith("__init__.py") else _module(path).split(".")[:-1]
        base = [*package[: len(package) - node.level + 1]] if node.level else []
        start = ".".join([*base, *([node.module] if node.module else [])])
        return [f"{start}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("import_module", "import_string"):
        return [word.value for word in node.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
    return []


def _ours(sources: Sources) -> Iterator[Import]:
    names = modules(sources)
    known = set(names.values())
    for path in names:
        if not path.startswith("tests/data/"):
            yield from imports(path, sources[path], known)


def backward_imports(sources: Sources) -> list[str]:
    """Imports against `roots -> spots -> accounts -> media_store -> machipoke`; late ones too, for they tie as well."""
    return [
        f"{found.path}:{found.line} imports {found.target}"
        for found in _ours(sources)
        if _layer(_module(found.path)) > _layer(found.target)
    ]


def _layer(module: str) -> int:
    """0 for what may import everything; the higher, the less."""
    top = module.partition(".")[0]
    if top in OUTSIDE:
        return 0
    if module in ROOTS:
        return 1
    return 2 + LAYERS.index(top) if top in LAYERS else len(LAYERS) + 2


def import_cycles(sources: Sources) -> list[str]:
    """Modules that need each other to load. Imports in functions do not count: they are how a cycle is broken."""
    graph: dict[str, set[str]] = {}
    for found in _ours(sources):
        if found.at_start:
            graph.setdefault(_module(found.path), set()).add(found.target)
    return [" -> ".join([*cycle, cycle[0]]) for cycle in _cycles(graph)]


def _cycles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """One cycle for each group of modules that reach each other."""
    done: set[str] = set()
    for start in sorted(graph):
        path = [] if start in done else _way_back(graph, start)
        if path:
            done.update(path)
            yield path


def _way_back(graph: Mapping[str, set[str]], start: str) -> list[str]:
    """A shortest path from `start` to a module that imports it; empty when there is none."""
    came_from: dict[str, str] = {start: ""}
    queue = [start]
    for module in queue:
        for target in sorted(graph.get(module, ())):
            if target == start:
                path = [module]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if target not in came_from:
                came_from[target] = module
                queue.append(target)
    return []


def relative_imports(sources: Sources) -> list[str]:
    """Imports with two dots or more: a moved file would import something else."""
    return [
        f"{path}:{node.lineno} imports upward"
        for path in modules(sources)
        for node in ast.walk(_parse(sources[path]))
        if isinstance(node, ast.ImportFrom) and node.level > 1
    ]


# --- sizes ---


def long_files(sources: Sources) -> list[str]:
    """Files of code above the cap: two ideas."""
    return [
        f"{path} has {lines} lines"
        for path in sources
        if path.endswith((".py", ".js", ".css", ".html")) and "migrations" not in path.split("/")
        if (lines := sources[path].count("\n")) > FILE_LINES
    ]


def long_functions(sources: Sources) -> list[str]:
    """Functions above the cap, outside of tests (a table of cases is no second idea) and migrations."""
    return [
        f"{path}:{node.lineno} {node.name} has {lines} lines"
        for path in modules(sources)
        if not path.startswith("tests/") and "migrations" not in path.split("/")
        for node in ast.walk(_parse(sources[path]))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]


def long_partials(sources: Sources) -> list[str]:
    """Partial templates above the cap."""
    return [
        f"{path} has {lines} lines"
        for path in templates(sources)
        if PurePosixPath(path).name.startswith("_") and (lines := sources[path].count("\n")) > PARTIAL_LINES
    ]


# --- what lies where ---


def stray_entries(sources: Sources) -> list[str]:
    """Top-level entries that nobody agreed on; files that begin with a dot are the tools' own."""
    tops = {path.partition("/")[0] for path in sources}
    return sorted(top for top in tops - TOP_LEVEL if not top.startswith("."))


_FOREIGN_PLACE = re.compile(
    r"(^|/)(vendor|vendored|third_party|node_modules|bower_components)/|\.min\.(js|css)$|\.map$"
)
_FOREIGN_TEXT = re.compile(
    r"^\s*(/\*!|//!)|@licen[cs]e\b|\bCopyright\b|\(c\) (19|20)\d\d|sourceMappingURL", re.M | re.I
)


def foreign_code(sources: Sources) -> list[str]:
    """Code of others: by its place, its minified name or its licence header. Libraries come from wheels alone."""
    code = (".py", ".js", ".css", ".mjs", ".html", ".svg", ".sh")
    return [
        path
        for path in sources
        if _FOREIGN_PLACE.search(path)
        or (path.endswith(code) and not path.startswith("tests/") and _FOREIGN_TEXT.search(sources[path]))
    ]


# --- doors ---

DOORS = ("visible_to", "under", "listed", "public", "reachable_by", "editable_by", "recently_deleted_of")
"""The verbs of our QuerySets that decide who sees a row."""

HARMLESS = ("none", "create")
_PAGES = re.compile(r"^(spots|accounts)/(views|api|serializers|feeds|sitemaps)(/|[a-z_]*\.py$)")


def guarded_models(sources: Sources) -> set[str]:
    """Models whose manager knows `visible_to`."""
    classes = [
        node
        for path in modules(sources)
        if path.startswith(LAYERS)
        for node in ast.walk(_parse(sources[path]))
        if isinstance(node, ast.ClassDef)
    ]
    doors = {c.name for c in classes if any(isinstance(f, ast.FunctionDef) and f.name == "visible_to" for f in c.body)}
    doors |= {c.name for c in classes if any(_names(base) & doors for base in c.bases)}
    return {c.name for c in classes if any(_names(_manager(statement)) & doors for statement in c.body)}


def _manager(statement: ast.stmt) -> ast.AST | None:
    """What stands behind `objects =`."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if any(isinstance(target, ast.Name) and target.id == "objects" for target in targets):
            return statement.value
    return None


def _names(node: ast.AST | None) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} if node else set()


def unguarded_queries(sources: Sources) -> list[str]:
    """Rows that a page, an API answer, a feed or a sitemap takes past the doors."""
    models = guarded_models(sources)
    problems = []
    for path in modules(sources):
        if _PAGES.match(path):
            tree = _parse(sources[path])
            problems += [f"{path}:{node.lineno} {ast.unparse(node)}" for node in _past_the_doors(tree, models)]
    return problems


def _past_the_doors(tree: ast.Module, models: set[str]) -> Iterator[ast.expr]:
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("get_"):
            if node.args and isinstance(node.args[0], ast.Name) and node.args[0].id in models:
                yield node
        elif isinstance(node, ast.Attribute) and _is_manager(node, models):
            verbs = list(_chain(node, parents))
            if not verbs or (verbs[0] not in HARMLESS and not set(verbs) & set(DOORS)):
                yield node


def _is_manager(node: ast.Attribute, models: set[str]) -> bool:
    managers = ("objects", "_default_manager", "_base_manager")
    return node.attr in managers and isinstance(node.value, ast.Name) and node.value.id in models


def _chain(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[str]:
    """The methods called one on the other, from the manager outward."""
    while True:
        parent = parents.get(node)
        if isinstance(parent, ast.Attribute):
            yield parent.attr
        elif not (isinstance(parent, ast.Call) and parent.func is node):
            return
        node = parent


# --- templates ---


def templates(sources: Sources) -> Iterable[str]:
    """Paths of templates."""
    return (path for path in sources if path.endswith(".html") and "templates" in path.split("/"))


_CODE_OF_DJANGO = re.compile(r"\{#.*?#\}|\{%\s*comment.*?endcomment\s*%\}|\{%.*?%\}|\{\{.*?\}\}", re.S)
_INLINE = {
    "style attribute": re.compile(r"<[a-z][^<>]*\sstyle\s*=", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "inline script": re.compile(r"""<script\b(?![^>]*(\ssrc\s*=|type\s*=\s*["']application/(ld\+)?json))""", re.I),
    "event attribute": re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.I),
    "script URL": re.compile(r"javascript:", re.I),
}


def inline_code(sources: Sources) -> list[str]:
    """What the content security policy would refuse."""
    return [
        f"{path}:{text[: found.start()].count(chr(10)) + 1} {what}"
        for path in templates(sources)
        if (text := _CODE_OF_DJANGO.sub(_keep_lines, sources[path]))
        for what, pattern in _INLINE.items()
        for found in pattern.finditer(text)
    ]


def _keep_lines(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")
