"""The fences of the house: fronts stand apart, layers of `starter` point down, and every folder says what it is for.

What crosses a fence is written down here with its reason, and goes when the reason does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FRONTS = ("cli", "demo", "drill", "api", "portal")
"""Ways in, as folders of `starter`: each declares, calls a use case, shows. It holds no rule that others need."""

OURS = ("models", "activities", "workflows", "starter", "migrations", "bench", "tests")

ACROSS = {
    ("starter/cli", "demo"): "`fieldcare demo` is how the demo is started",
    ("starter/cli", "drill"): "`fieldcare drill` is how the drill is started",
    ("bench", "drill"): "the drill is what is measured",
    ("starter/serving.py", "api"): "the server is put together there",
    ("starter/serving.py", "portal"): "likewise",
}
"""Who may take what of a front, and why."""

ENGINES = {
    "starter.calling",
    "starter.client",
    "starter.failures",
    "starter.logs",
    "starter.payloads",
    "starter.retention",
    "starter.troubles",
    "starter.waits",
    "starter.watching",
    "starter.embedded",
}
"""The lowest layer of `starter`: it takes nothing of the use cases above it."""

FOLDERS_TOLD = ROOT / "docs" / "adr" / "0009-folders-beside-the-plan.md"


@cache
def imported(source: Path) -> frozenset[str]:
    """Full names of the modules that a file takes, wherever in the file; a name of a package counts as its module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


ROOTS = {"starter/serving.py"}
"""Where fronts are put together: what answers over HTTP is one server."""


def who(source: Path) -> str:
    """The folder that stands for a file where fences are concerned: a front by its name, others by their top folder."""
    parts = source.relative_to(ROOT).parts
    if "/".join(parts) in ROOTS:
        return "/".join(parts)
    in_front = len(parts) > 2 and parts[0] == "starter" and parts[1] in FRONTS
    return f"starter/{parts[1]}" if in_front else parts[0].removesuffix(".py")


def fronts_taken(source: Path) -> set[str]:
    parts = [name.split(".") for name in imported(source)]
    return {one[1] for one in parts if len(one) > 1 and one[0] == "starter" and one[1] in FRONTS}


def crossings() -> set[tuple[str, str]]:
    """Who takes which front, but for tests and for a front's own files."""
    taken: set[tuple[str, str]] = set()
    for source in [*sources(*(folder for folder in OURS if folder != "tests")), ROOT / "worker.py"]:
        taken |= {(who(source), front) for front in fronts_taken(source) if who(source) != f"starter/{front}"}
    return taken


def test_nobody_takes_anything_of_a_front_but_who_has_a_reason() -> None:
    assert crossings() - set(ACROSS) == set()


def test_reasons_that_are_not_needed_any_more_are_gone() -> None:
    assert set(ACROSS) - crossings() == set()


@pytest.mark.parametrize("front", [one for one in FRONTS if one in {"cli", "api", "portal"}])
def test_no_front_at_all_takes_the_terminal_or_what_answers_programs(front: str) -> None:
    """The terminal's exceptions are one-way: what it starts does not know it. The server's root takes fronts."""
    assert {taker for taker, taken in crossings() if taken == front} - ROOTS == set()


def test_the_engines_take_nothing_of_the_use_cases_above_them() -> None:
    for source in sources("starter"):
        name = ".".join(source.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not any(name == one or name.startswith(f"{one}.") for one in ENGINES):
            continue
        above = {
            each
            for each in imported(source)
            if each.startswith("starter.") and not any(each == one or each.startswith(f"{one}.") for one in ENGINES)
        }
        assert above == set(), source


def test_use_cases_print_nothing() -> None:
    """What is told goes to whoever asked: by what is returned, or through what it was given to say it with."""
    shown = {"rich.console", "rich.progress", "typer"}
    for source in sources("starter"):
        if who(source).startswith("starter/"):
            continue
        assert not imported(source) & shown, source
        tree = ast.parse(source.read_text(encoding="utf-8"))
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not called & {"print", "sys.stdout.write", "sys.stderr.write"}, source


def test_the_benchmarks_take_nothing_of_the_tests() -> None:
    for source in sources("bench"):
        assert not {name for name in imported(source) if name.split(".")[0] == "tests"}, source


def folders() -> Iterator[str]:
    """Every folder of the program that has files of ours."""
    for top in ("activities", "bench", "migrations", "models", "starter", "workflows"):
        for path in [ROOT / top, *sorted((ROOT / top).rglob("*"))]:
            if path.is_dir() and path.name != "__pycache__" and any(one.is_file() for one in path.iterdir()):
                yield path.relative_to(ROOT).as_posix()


def told() -> set[str]:
    """The folders that have their line."""
    rows = [line for line in FOLDERS_TOLD.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([\w/]+)/`", row.split("|")[1])}


def test_every_folder_has_its_line() -> None:
    missing = set(folders()) - told()
    assert missing == set(), f"say in {FOLDERS_TOLD.name} what they are for"


def test_no_line_is_of_a_folder_that_is_gone() -> None:
    assert {name for name in told() if not (ROOT / name).is_dir()} == set()
