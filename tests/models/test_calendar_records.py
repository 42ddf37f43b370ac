"""Calendars as files have them: what is read, and what is refused rather than ignored."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from models.known_words import unknown_words
from models.sla.calendar_records import CalendarRecordError, as_found, checked_record
from models.toml_files import parsed_toml

OFFICE = """
code = "office"
openings = [{ weekdays = [1, 2, 3, 4, 5], hours = [{ opens = 09:00:00, closes = 17:00:00 }] }]
"""


def record(more: str = "", base: str = OFFICE) -> dict[str, Any]:
    return as_found(checked_record(parsed_toml(base + more)), "Europe/Berlin")


def test_special_days_are_read_with_their_hours() -> None:
    found = record("""
        holidays = [
            { day = 2026-12-24, name = "Christmas Eve", opens = 09:00:00, closes = 12:00:00 },
            { day = 2026-12-25, name = "Christmas Day" },
        ]
        exceptional_openings = [
            { day = 2026-08-29, opens = 22:00:00, closes = 06:00:00 },
            { day = 2026-08-30, opens = 06:00:00, closes = 00:00:00, name = "Move" },
        ]
    """)
    assert found["holidays"] == [
        {"day": "2026-12-24", "name": "Christmas Eve", "opens": time(9), "closes": time(12)},
        {"day": "2026-12-25", "name": "Christmas Day", "opens": None, "closes": None},
    ]
    assert found["exceptional_openings"] == [
        {"day": "2026-08-29", "opens": time(22), "closes": time(6), "name": ""},
        {"day": "2026-08-30", "opens": time(6), "closes": time(0), "name": "Move"},
    ]


def day(**values: str) -> str:
    """One holiday, in TOML."""
    return f"holidays = [{{ {', '.join(f'{name} = {value}' for name, value in values.items())} }}]"


def exceptional(*spans: str) -> str:
    """Exceptional openings, in TOML, of texts like `2026-08-29 09:00:00 17:00:00`."""
    openings = [span.split() for span in spans]
    written = ", ".join(f"{{ day = {one[0]}, opens = {one[1]}, closes = {one[2]} }}" for one in openings)
    return f"exceptional_openings = [{written}]"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("holiday = []", '"holiday" (did you mean "holidays"?) is not known here; known are active, always_open'),
        ("zone = 'Europe/Berlin'", '"zone" is not known here'),
        (day(date="2026-12-24"), 'holidays 1: "date" is not known here; known are closes, day, name, opens'),
        (day(day="2026-12-24", opnes="09:00:00"), 'holidays 1: "opnes" (did you mean "opens"?) is not known here'),
        (day(day="2026-12-24", Opens="09:00:00"), 'holidays 1: "Opens" (did you mean "opens"?) is not known here'),
        (day(day="2026-12-24", hours="[]"), 'holidays 1: "hours" is not known here'),
        (day(day="2026-12-24", opens="09:00:00"), "the holiday 2026-12-24 needs both opens and closes, or neither"),
        (
            day(day="2026-12-24", opens="12:00:00", closes="09:00:00"),
            "the holiday 2026-12-24 closes at 09:00:00, before it opens at 12:00:00: correct the times",
        ),
        (day(day="2026-12-24", opens="'09:00'", closes="'24:00'"), "holidays 1, closes: midnight is 00:00:00"),
        (day(day="2026-12-24", opens="9", closes="12"), "holidays 1, opens: write a time of day, like 09:00:00"),
        (day(day="2026-12-24", opens="'09:00+01:00'", closes="12:00:00"), "carry no zone themselves"),
        (day(day="20261224"), "holidays 1, day: write a day, like 2026-12-24"),
        (day(day="2026-12-24T00:00:00"), "holidays 1, day: write a day, like 2026-12-24"),
        (day(name="'x'"), "holidays 1, day: is missing"),
        ("holidays = [{ day = 2026-12-24 }, { day = 2026-12-24 }]", "it has the holiday 2026-12-24 twice: keep one"),
        (
            day(day="2026-12-24", opens="09:00:00", closes="12:00:00")
            + "\n"
            + exceptional("2026-12-24 13:00:00 14:00:00"),
            "the holiday 2026-12-24 has hours and exceptional openings, which replace them: keep one",
        ),
        (
            exceptional("2026-08-29 09:00:00 17:00:00", "2026-08-29 09:00:00 17:00:00"),
            "and 2026-08-29 overlap",
        ),
        (exceptional("2026-08-29 09:00:00 13:00:00", "2026-08-29 12:59:59 17:00:00"), "(09:00:00 and 12:59:59)"),
        (exceptional("2026-08-30 05:00:00 09:00:00", "2026-08-29 22:00:00 06:00:00"), "2026-08-29 and 2026-08-30 over"),
        ("exceptional_openings = [{ day = 2026-08-29 }]", "exceptional_openings 1, opens: is missing"),
        ('holiday_region = "BE"', "it names a holiday_region without its holiday_country"),
        ('holiday_country = "XX"', 'the public holidays of the country "XX" are not known'),
        ("version = true", "version: input should be a valid integer"),
        ("always_open = true", "it is always open, so its openings would mean nothing: leave out one of them"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(more: str, said: str) -> None:
    with pytest.raises(CalendarRecordError) as refused:
        record(more)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ('code = "x"', "the calendar x is never open. Give it openings, or write always_open = true"),
        ('code = "x"\nopenings = [{ weekdays = [0], hours = [] }]', "openings 1, weekdays 1: input should be greater"),
        ('code = "x"\nopenings = [{ weekdays = [8], hours = [] }]', "openings 1, weekdays 1: input should be less"),
        ('code = "x"\nopenings = [{ weekdays = [1], hours = [] }]', "openings 1, hours: tuple should have at least 1"),
        ('code = "x"\nopenings = [{ days = [1] }]', 'openings 1: "days" (did you mean "weekdays"?) is not known here'),
        (
            'code = "x"\nopenings = [{ weekdays = [1], hours = [{ open = 09:00:00 }] }]',
            'openings 1, hours 1: "open" (did you mean "opens"?) is not known here; known are closes, opens',
        ),
        (
            'code = "x"\nalways_open = true\nholidays = [{ day = 2026-12-24 }]',
            "it is always open, so its holidays would mean nothing",
        ),
    ],
)
def test_hours_by_which_no_clock_could_run_are_refused(base: str, said: str) -> None:
    with pytest.raises(CalendarRecordError) as refused:
        record(base=base)
    assert said in str(refused.value)


def test_openings_that_meet_do_not_overlap() -> None:
    found = record(exceptional("2026-08-29 22:00:00 06:00:00", "2026-08-30 06:00:00 09:00:00"))
    assert [date.fromisoformat(one["day"]).day for one in found["exceptional_openings"]] == [29, 30]


def test_every_unknown_word_is_named_and_all_known_ones_are_listed() -> None:
    assert unknown_words(["a"], ["a", "b"]) is None
    assert unknown_words(["opnes", "zzz", "a"], ["opens", "a"]) == (
        '"opnes" (did you mean "opens"?) and "zzz" are not known here; known are a, opens'
    )
