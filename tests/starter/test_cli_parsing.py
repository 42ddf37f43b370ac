"""What people type, and what the terminal shows: read as meant, refused with the remedy."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from models.contracts.base import Actor
from models.vocabulary import ActionKind, Priority, Role
from starter.cli.terminal.display import Listing, Times, show
from starter.cli.terminal.parsing import answers, duration, instant
from starter.failures import BadInput, Failure
from starter.given import known_code, made
from starter.reading.plain import plain
from starter.reading.words import one_line, span


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("4h", timedelta(hours=4)),
        ("90m", timedelta(minutes=90)),
        ("1d12h", timedelta(hours=36)),
        ("1d 12h", timedelta(hours=36)),
        ("1.5h", timedelta(minutes=90)),
        ("20min", timedelta(minutes=20)),
        ("45S", timedelta(seconds=45)),
        ("2w", timedelta(days=14)),
    ],
)
def test_durations_are_typed_the_short_way(typed: str, meant: timedelta) -> None:
    assert duration(typed) == meant


@pytest.mark.parametrize("typed", ["", "4", "h", "4 hours", "-4h", "0h", "4h x", "9" * 400 + "d"])
def test_what_is_no_duration_is_refused(typed: str) -> None:
    with pytest.raises(Failure):
        duration(typed)


def test_an_instant_without_a_time_zone_is_refused_with_what_to_write() -> None:
    with pytest.raises(Failure, match=r"2026-03-01T09:00Z .*\+05:30"):
        instant("2026-03-01 09:00")
    for beyond in ("0001-01-01T00:00+05:00", "9999-12-31T23:00-05:00"):
        with pytest.raises(Failure, match="outside the years"):
            instant(beyond)
    assert instant("2026-03-01T09:00+05:30") == datetime(2026, 3, 1, 3, 30, tzinfo=UTC)
    assert instant("2026-03-01T09:00Z") == datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_answers_are_read_by_what_their_action_takes() -> None:
    kinds = {"tick": ActionKind.CHECK, "words": ActionKind.TEXT, "stars": ActionKind.RATING}
    assert answers(["tick"], ["words=12345", "stars=9"], kinds) == {"tick": True, "words": "12345", "stars": 9}
    assert answers([], ["tick=yes", "words=true=false"], kinds) == {"tick": True, "words": "true=false"}
    with pytest.raises(Failure, match="whole number"):
        answers([], ["stars=good"], kinds)
    with pytest.raises(Failure, match="--done tick"):
        answers([], ["tick=3"], kinds)


def test_answers_are_read_by_their_form_where_the_template_is_not_at_hand() -> None:
    assert answers(["a"], ["b=false", "c=9", "d=9 mm", "e="]) == {"a": True, "b": False, "c": 9, "d": "9 mm", "e": ""}


@pytest.mark.parametrize(("done", "assigned"), [(["a", "a"], []), (["a"], ["a=1"]), ([], ["a"]), ([], ["=1"])])
def test_an_answer_that_is_given_twice_or_not_at_all_is_refused(done: list[str], assigned: list[str]) -> None:
    with pytest.raises(Failure):
        answers(done, assigned)


def test_a_message_that_does_not_fit_names_the_field() -> None:
    with pytest.raises(Failure, match="code"):
        made(Actor, code="x" * 300, role=Role.ENGINEER)
    with pytest.raises(Failure, match="NUL"):
        made(Actor, code="a\x00b", role=Role.ENGINEER)
    with pytest.raises(Failure, match="UTF-8"):
        made(Actor, code="a\udc80b", role=Role.ENGINEER)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (0.25, "250 ms"),
        (59, "59 s"),
        (60, "1 min"),
        (7800, "2 h 10 min"),
        (97_200, "1 d 3 h"),
        (-60, "−1 min"),
    ],
)
def test_durations_are_shown_in_their_two_largest_units(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_times_are_shown_in_the_zone_of_the_site_and_say_so_across_a_change_of_the_clocks() -> None:
    winter, summer = datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 7, 5, 12, tzinfo=UTC)
    times = Times("America/New_York", winter)
    assert str(times) == "America/New_York, UTC-05:00"
    assert times.minute(winter) == "2026-01-05 07:00"
    assert times.minute(summer.isoformat()) == "2026-07-05 08:00 -04:00"
    assert Times("No/Where").minute(winter) == "2026-01-05 12:00"


def test_json_has_utc_times_and_durations_in_seconds() -> None:
    value = {
        "at": datetime.fromisoformat("2026-01-05T12:00:00+05:30"),
        "for": timedelta(minutes=1),
        "half": timedelta(milliseconds=500),
        "share": Decimal("40.00"),
        "id": UUID(int=1),
        "priority": Priority.P1,
        "who": (Actor(code="x", role=Role.ENGINEER),),
    }
    assert plain(value) == {
        "at": "2026-01-05T06:30:00+00:00",
        "for": 60,
        "half": 0.5,
        "share": 40,
        "id": "00000000-0000-0000-0000-000000000001",
        "priority": "P1",
        "who": [{"code": "x", "role": "engineer"}],
    }


@given(st.text())
def test_no_text_of_a_person_is_read_as_markup(text: str) -> None:
    console = Console(width=1000, file=io.StringIO())
    show(console, Listing(("Head",), [(f"[red]{text}[/nothing]",)], wrap=frozenset({"Head"})), text)
    assert "[/nothing]" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_narrow_terminal_goes_without_the_spare_columns() -> None:
    listing = Listing(("Number", "Unit", "Text"), [("FC-2026-000001", "V-1", "x" * 30)], spare=("Text", "Unit"))
    wide, narrow = Console(width=80), Console(width=18)
    assert [column.header for column in listing.fitted(wide).columns] == ["Number", "Unit", "Text"]
    assert [column.header for column in listing.fitted(narrow).columns] == ["Number"]


def test_a_long_text_is_shown_by_its_beginning_on_one_line() -> None:
    assert one_line("a\n\n b", 10) == "a b"
    assert one_line("x" * 20, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(("given", "near"), [("A0599", "A0501 Detachment"), ("leak", "A0504 Leak/Splash")])
def test_a_problem_code_that_is_none_comes_with_those_that_are_near(given: str, near: str) -> None:
    with pytest.raises(BadInput, match=rf"is not a problem code .* Near it: .*{near}.*\. Leave it out if none fits\."):
        known_code(given)
    assert (known_code(" a0504 "), known_code("1354"), known_code(None)) == ("A0504", "A0504", None)


def test_a_problem_code_that_is_near_to_none_says_how_they_are_found() -> None:
    with pytest.raises(BadInput, match="A word of its term, instead of a code, shows those with it"):
        known_code("X99")
