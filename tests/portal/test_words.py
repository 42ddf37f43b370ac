"""Every word of the pages is there in every language, and no translation is of something that nobody says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from string import Formatter

import pytest

from models.recommending.sentences import CONCERNS
from models.recommending.sentences import OTHERS as OTHERS_SAID
from models.registry.entries import entries_of
from models.registry.kinds import KINDS
from models.vocabulary.accounts import AccountRole
from models.vocabulary.ai import Severity
from models.vocabulary.equipment import InstalledContext
from models.vocabulary.people import Role
from models.vocabulary.sla import ClockState, SlaState
from models.vocabulary.stages import (
    AssignmentType,
    DeclineReason,
    OfferAnswer,
    StageOutcome,
    StageStatus,
    WithdrawalCause,
)
from models.vocabulary.tickets import TicketStatus
from starter.portal import board, board_words, failing, lists, registry, tickets
from starter.portal.words import FOLDER, LANGUAGES, Words, catalogue, language_of

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "starter" / "portal"
IN_TEMPLATES = re.compile(r"""\b_\("((?:[^"\\]|\\.)*)\"|_\.several\([^"]*"([^"]*)", "([^"]*)\"""")
IN_LOOPS = re.compile(r"""for \w+, words in \((.*?)\) %\}""")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
SAYS = {"_", "words", "_words", "several", "BadInput", "NotAllowed", "ForeignForm", "NotSignedIn", "BadLabel"}
"""Whose arguments people read."""

OTHERS = [one for one in LANGUAGES if (FOLDER / f"{one}.toml").exists()]


def said_in_templates() -> Iterator[str]:
    for source in sorted((PORTAL / "templates").glob("*.html")):
        content = source.read_text(encoding="utf-8")
        for found in IN_TEMPLATES.finditer(content):
            yield from (one for one in found.groups() if one)
        for loop in IN_LOOPS.finditer(content):  # of pairs: a value, and its words
            yield from re.findall(r'(?:"[^"]*"|\d+), "([^"]+)"', loop[1])


def literals_in_templates() -> Iterator[str]:
    for source in sorted((PORTAL / "templates").glob("*.html")):
        yield from LITERAL.findall(source.read_text(encoding="utf-8"))


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
            if called.rpartition(".")[2] in SAYS:
                whole = (argument for argument in node.args if not isinstance(argument, ast.JoinedStr))
                yield from (
                    one.value
                    for argument in whole
                    for one in ast.walk(argument)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )
    yield from (*tickets.DONE.values(), *lists.VIEWS)
    yield from (*board.DONE.values(), *board_words.BROKEN.values(), *board_words.LACKING.values())
    yield from (board_words.HOME_LATE, board_words.NO_DUTY, *board_words.OF_THE_SCRIPT)
    yield from (*failing.TITLES.values(), *failing.REMEDIES.values(), failing.AWAY, failing.BROKEN)


def said_by_seeds() -> Iterator[str]:
    """Names of stages, required actions and reasons to wait that come with the program."""
    for source in (ROOT / "migrations" / "seeds" / "reference").glob("*.toml"):
        for value in LITERAL.findall(source.read_text(encoding="utf-8")):
            yield from (value, value.replace("_", " "))


@pytest.mark.parametrize("language", OTHERS)
def test_whatever_is_said_has_its_words(language: str) -> None:
    said = {one for one in (*said_in_templates(), *said_in_code()) if one.strip()}
    assert said - set(catalogue(language)) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_words_are_of_something_that_nobody_says(language: str) -> None:
    known = {
        value for folder in ("starter", "models") for one in (ROOT / folder).rglob("*.py") for value in constants(one)
    }
    known |= {value.replace("_", " ") for value in known} | set(said_in_templates()) | set(literals_in_templates())
    known |= set(said_by_seeds())
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


def test_the_board_s_script_says_what_it_is_given_and_nothing_else() -> None:
    source = (PORTAL / "static" / "board.js").read_text(encoding="utf-8")
    choice = re.findall(r'\bt\((?:[^"]*? \? )?"([^"]+)"(?: : "([^"]+)")?', source)
    assert {one for each in choice for one in each if one} == set(board_words.OF_THE_SCRIPT)


@pytest.mark.parametrize("language", OTHERS)
def test_words_of_state_have_their_words(language: str) -> None:
    """What lists and tickets show as it stands on record."""
    kinds: tuple[type[StrEnum], ...] = (
        TicketStatus, SlaState, StageStatus, StageOutcome, ClockState, Severity, InstalledContext, Role, AccountRole,
        AssignmentType, DeclineReason, OfferAnswer, WithdrawalCause,
    )  # fmt: skip
    said = {one.value.replace("_", " ") for kind in kinds for one in kind}
    assert said - set(catalogue(language)) == set()


def test_what_has_no_translation_stays_as_it_is() -> None:
    assert Words("de")("Nobody has said this {often} yet.", often="so") == "Nobody has said this so yet."


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_said_of_engineers_has_its_words(language: str) -> None:
    said = {text for _, text in CONCERNS.values()} | set(OTHERS_SAID)
    assert said - set(catalogue(language)) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_field_of_the_registry_has_its_words(language: str) -> None:
    said = set(registry.DONE.values())
    for kind, declared in KINDS.items():
        said |= {declared.one, declared.many, declared.touches} - {""}
        for one in entries_of(kind):
            said |= {one.label, one.help} - {""}
            said |= {choice.replace("_", " ") for choice in one.choices}
    assert said - set(catalogue(language)) == set()
