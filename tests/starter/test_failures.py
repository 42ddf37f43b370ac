"""The family of failures: every code has its exit code, every remedy its words, and what floors below say joins it."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.service import RPCError, RPCStatusCode

from models.database import DatabaseOutdated, DatabaseRefused, DatabaseUnavailable
from starter.answers import CommandNotConfirmed, StateUnknown, UnknownTicket
from starter.calling import TemporalUnavailable
from starter.cli.terminal.failing import EXIT_CODES, REMEDIES, in_terminal_words
from starter.failures import (
    BadSetting,
    DatabaseAway,
    DatabaseBehind,
    Failure,
    FailureCode,
    NotConfirmed,
    Refused,
    Remedy,
    RemedyKind,
    Told,
    Unavailable,
)
from starter.services import failure_of

STARTER = Path(__file__).parents[2] / "starter"


def kinds(kind: type[Failure] = Failure) -> Iterator[type[Failure]]:
    yield kind
    for each in kind.__subclasses__():
        yield from kinds(each)


def every_kind() -> set[type[Failure]]:
    """All kinds of failures, wherever in `starter` they stand."""
    for source in STARTER.rglob("*.py"):
        if "failures import" in source.read_text(encoding="utf-8") and source.name != "__main__.py":
            importlib.import_module(".".join(source.relative_to(STARTER.parent).with_suffix("").parts))
    return set(kinds())


def test_every_code_is_some_failures_and_has_its_exit_code() -> None:
    assert {kind.code for kind in every_kind()} == set(FailureCode)
    assert set(EXIT_CODES) == set(FailureCode)


def test_the_exit_code_says_whether_to_correct_wait_or_give_up() -> None:
    refused, usage, away = 1, 2, 3
    for kind in every_kind():
        code = EXIT_CODES[kind.code]
        if issubclass(kind, NotConfirmed | Unavailable):
            assert code == away, kind
        else:
            assert code in {refused, usage}, kind
    assert EXIT_CODES[BadSetting.code] == usage
    assert EXIT_CODES[UnknownTicket.code] == refused


def test_every_remedy_has_plain_words_and_the_terminals_own() -> None:
    for kind in RemedyKind:
        plain = str(Remedy(kind, "FC-1"))
        assert plain.endswith(".")
        assert not any(word in plain for word in ("`", "fieldcare ", "--")), kind
    assert set(REMEDIES) == set(RemedyKind)


def test_no_failure_of_a_use_case_names_a_command_or_an_option_of_the_terminal() -> None:
    """The sentence is for every way in; each has its own words for the remedy."""
    fronts = ("cli", "demo", "drill")
    for source in STARTER.rglob("*.py"):
        if source.relative_to(STARTER).parts[0] in fronts:
            continue
        tree = ast.parse(source.read_text(encoding="utf-8"))
        for raised in (node for node in ast.walk(tree) if isinstance(node, ast.Raise)):
            said = ast.unparse(raised)
            assert "`fieldcare " not in said, f"{source}: {said}"


def test_a_failure_is_said_in_plain_words_and_by_a_front_in_its_own() -> None:
    failure = CommandNotConfirmed("Nobody answered.", Remedy(RemedyKind.SEND_AGAIN, "c-1"))
    assert str(failure) == "Nobody answered. Send it again with the command id c-1: it is applied only once."
    assert (
        in_terminal_words(failure) == "Nobody answered. Send it again with --command-id c-1: it is applied only once."
    )
    again = StateUnknown.of(failure.told, Remedy(RemedyKind.START_WORKER))
    assert [one.kind for one in again.remedies] == [RemedyKind.SEND_AGAIN, RemedyKind.START_WORKER]
    assert in_terminal_words(Told("All is well.")) == "All is well."


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DatabaseUnavailable("the database is away"), DatabaseAway),
        (DatabaseOutdated("the schema is older"), DatabaseBehind),
        (RPCError("no", RPCStatusCode.UNAVAILABLE, b""), TemporalUnavailable),
        (Refused("No."), Refused),
    ],
)
def test_what_a_floor_below_says_joins_the_family(error: Exception, kind: type[Failure]) -> None:
    assert type(failure_of(error)) is kind


@pytest.mark.parametrize("error", [DatabaseRefused("not like that"), KeyError("x"), ValueError("y")])
def test_a_fault_of_the_program_is_no_failure_and_shows_itself(error: Exception) -> None:
    assert failure_of(error) is None
