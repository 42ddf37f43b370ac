"""Every word of the pages is there in every language, and no translation is of something that nobody says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from starter.portal import failing
from starter.portal.words import FOLDER, LANGUAGES, Words, catalogue, language_of

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "starter" / "portal"
IN_TEMPLATES = re.compile(r"""_(?:\.several)?\(([^)]*)""")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
OTHERS = [one for one in LANGUAGES if (FOLDER / f"{one}.toml").exists()]


def said_in_templates() -> Iterator[str]:
    for source in sorted((PORTAL / "templates").glob("*.html")):
        for call in IN_TEMPLATES.finditer(source.read_text(encoding="utf-8")):
            # What is said stands first; for `several`, after the number.
            yield from LITERAL.findall(call[1].split("|")[0])


def constants(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def said_in_code() -> Iterator[str]:
    for source in sorted(PORTAL.glob("*.py")):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called.rpartition(".")[2] in {"words", "_words", "several"} or called == "_":
                yield from (
                    one.value
                    for argument in node.args
                    for one in ast.walk(argument)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )
    yield from (*failing.TITLES.values(), *failing.REMEDIES.values(), failing.AWAY, failing.BROKEN)


@pytest.mark.parametrize("language", OTHERS)
def test_whatever_is_said_has_its_words(language: str) -> None:
    said = {one for one in (*said_in_templates(), *said_in_code()) if one.strip()}
    assert said - set(catalogue(language)) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_words_are_of_something_that_nobody_says(language: str) -> None:
    known = {
        value for folder in ("starter", "models") for one in (ROOT / folder).rglob("*.py") for value in constants(one)
    }
    known |= {value.replace("_", " ") for value in known} | set(said_in_templates())
    assert set(catalogue(language)) - known == set()


@pytest.mark.parametrize("language", OTHERS)
def test_what_stands_for_a_value_is_the_same_in_every_language(language: str) -> None:
    for english, words in catalogue(language).items():
        named = [{name for _, name, _, _ in Formatter().parse(one) if name} for one in (english, words)]
        assert named[0] == named[1], english


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "de-DE,de;q=0.9,en;q=0.8", "de"),
        (None, "fr,en;q=0.3,de;q=0.7", "de"),
        (None, "de;q=0,en", "en"),
        (None, "*;q=x, ;;,", "en"),
        ("en", "de", "en"),
        ("xx", "de", "de"),
    ],
)
def test_the_language_is_the_one_that_is_wanted_most(chosen: str | None, accepted: str, language: str) -> None:
    assert language_of(chosen, accepted) == language


def test_what_has_no_translation_stays_as_it_is() -> None:
    assert Words("de")("Nobody has said this {often} yet.", often="so") == "Nobody has said this so yet."
