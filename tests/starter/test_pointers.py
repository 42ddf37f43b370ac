"""What people are pointed to exists: every command and option that a sentence, a document or a SQL file names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from typer.main import get_command

from starter.cli import build

ROOT = Path(__file__).parents[2]
SPOKEN = ("activities", "migrations", "models", "starter", "workflows")
WRITTEN = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "docker-compose.yml", "docs")

COMMANDS: Any = get_command(build())


def commands_of(command: Any) -> dict[str, Any]:
    """The commands of a group; none of what is no group."""
    return dict(getattr(command, "commands", {}))


def options_of(command: Any) -> set[str]:
    return {"--help", *(name for one in command.params for name in (*one.opts, *one.secondary_opts))}


GROUPS = {name for name, one in commands_of(COMMANDS).items() if commands_of(one)}

_WORD = r"[a-z][\w-]*"
_QUOTED = re.compile(r"(`+|\$ |\()(?:\.venv/bin/)?(?:docker compose run --rm )?fieldcare((?: [^\s`)]+)*)")
"""A command in its marks, at a prompt, or in brackets."""
_SHORT = re.compile(rf"`((?:{'|'.join(sorted(GROUPS))}) {_WORD}(?: [^`]*)?)`")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")

ELSEWHERE = {"--env-file", "--no-deps", "--enable", "--codec-endpoint", "--codec-auth", "--check"}
"""Options of other programs (Docker Compose, `pg_checksums`, `temporal`, our server) that stand beside our commands."""


def helps(command: Any) -> Iterator[str]:
    """Every text of a command and of those below it that --help shows."""
    yield from filter(None, (command.help, *(getattr(one, "help", None) for one in command.params)))
    for below in commands_of(command).values():
        yield from helps(below)


def files(*places: str, suffix: str) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        yield from sorted(path.rglob(f"*{suffix}")) if path.is_dir() else [path]


def sentences(path: Path) -> Iterator[str]:
    """Every text in a module, with `{}` for what is put into it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in one.values}
    for one in ast.walk(tree):
        if isinstance(one, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in one.values)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in inside:
            yield one.value


def texts() -> Iterator[tuple[str, str]]:
    """Everything that people may read, and where it stands."""
    for path in files(*SPOKEN, suffix=".py"):
        yield from ((str(path.relative_to(ROOT)), text) for text in sentences(path))
    for path in [*files("migrations/sql", suffix=".sql"), *files(*WRITTEN, suffix=".md")]:
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def named(text: str) -> Iterator[str]:
    """The command lines that a text names, without the program's name."""
    flat = re.sub(r"\s*\\?\n\s*", " ", text) if "```" not in text else re.sub(r" \\\n\s*", " ", text)
    yield from (found[2] for found in _QUOTED.finditer(flat))
    yield from (f" {found[1]}" for found in _SHORT.finditer(flat))
    yield from (found[1] for found in re.finditer(r"(?m)^(?:\.venv/bin/)?fieldcare((?: [^\s#]+)+)", text))


def fault(line: str) -> str | None:
    """What is wrong with a command line; None: nothing. Arguments and values are whatever they are."""
    command, known = COMMANDS, {"--help", "--version"}
    for word in (one.strip(".,;:…`'\"[]") for one in line.replace("|", " ").split()):
        if word.startswith("--"):
            option = word.split("=")[0].rstrip(".,;:")
            if commands_of(command) and option not in known:
                return f"no option {option} before a command"
            if option not in known | ELSEWHERE:
                return f"{command.name} has no option {option}"
        elif commands_of(command):
            if not re.fullmatch(_WORD, word):
                return None  # `fieldcare …`, `ticket {verb}`
            if word not in commands_of(command):
                return f"{command.name or 'fieldcare'} has no command {word}"
            command = commands_of(command)[word]
            known = options_of(command)
    return None


def test_every_command_that_is_named_exists_with_its_options() -> None:
    faults, lines = [], 0
    for place, text in texts():
        for line in named(text):
            lines += 1
            if (what := fault(line)) is not None:
                faults.append(f"{place}: fieldcare{line}: {what}")
    assert faults == []
    assert lines > 150, "the texts were read"


def test_every_option_that_a_sentence_names_is_one_of_some_command() -> None:
    known = {"--version"} | options_of(COMMANDS)
    left = list(commands_of(COMMANDS).values())
    while left:
        one = left.pop()
        known |= options_of(one)
        left += commands_of(one).values()
    spoken = [
        (str(path.relative_to(ROOT)), option)
        for path in files("models", "starter", "activities", suffix=".py")
        for text in sentences(path)
        if " " in text.strip() and "embedded" not in path.parts
        for option in _OPTION.findall(text)
    ]
    assert [one for one in spoken if one[1] not in known | ELSEWHERE] == []
    assert len(spoken) > 50, "the sentences were read"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (" ticket shwo FC-1", "ticket has no command shwo"),
        (" ticket list --stages x", "list has no option --stages"),
        (" nonsense", "fieldcare has no command nonsense"),
        (" ticket show {} --live", None),
        (" ticket", None),
        (" …", None),
    ],
)
def test_a_pointer_to_nowhere_is_found(line: str, what: str | None) -> None:
    assert fault(line) == what


def test_help_loses_nothing_that_looks_like_markup() -> None:
    assert [text for text in helps(COMMANDS) if Text.from_markup(text).plain != text] == []
