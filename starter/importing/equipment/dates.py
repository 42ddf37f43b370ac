"""Days, written in one way that leaves nothing to guess."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from starter.importing.columns import MappingError, check_directives, short

EARLIEST = date(1950, 1, 1)
MONTHS = 12

_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_COUNTED = re.compile(r"(\d{4,5})(?:\.\d+)?", re.ASCII)
_EPOCH = date(1899, 12, 30)
"""Day 0 of spreadsheets that count from 1900, from March 1900 on."""
_SHORT_YEAR = re.compile(r"\d{1,2}[-./ ]\w{1,9}[-./ ]\d{2}", re.ASCII)
_TURNED = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2\d{4}", re.ASCII)
_NEEDED = (("%Y",), ("%m", "%b", "%B"), ("%d",))


class DateError(Exception):
    """What is wrong with a day, as a part of a sentence."""


def check_format(form: str) -> str:
    """The form of --date-format, if it can be used.

    Raises:
        MappingError: it names no day, or a year of two digits.
    """
    if "%y" in form or "%x" in form or "%c" in form:
        raise MappingError("--date-format has a year of two digits, which fits two centuries. Export years with four.")
    check_directives(form)
    if form == "%Y-%j":
        return form
    if not all(any(one in form for one in ways) for ways in _NEEDED):
        raise MappingError("--date-format names no day: it needs %Y, %m (or %b, %B) and %d, such as %d/%m/%Y.")
    return form


def read_day(text: str, today: date, form: str | None = None) -> date:
    """The day that a text names: ISO 8601, or as `form` says (the directives of Python's strptime).

    Args:
        today: the last day that can be.

    Raises:
        DateError: it can't be read, is before 1950 or in the future.
    """
    try:
        if form is not None:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        elif (iso := _ISO.fullmatch(text)) is not None:
            day = date.fromisoformat(iso[1])
        else:
            raise DateError(f"{short(text)} is no day of the form YYYY-MM-DD; {_hint(text)}")
    except ValueError:
        raise DateError(f"{short(text)} is no day of the form {form or 'YYYY-MM-DD'}") from None
    if day < EARLIEST:
        raise DateError(f"{short(text)} is before {EARLIEST.year}")
    if day > today:
        raise DateError(f"{short(text)} is in the future")
    return day


def _hint(text: str) -> str:
    """What to do about a day that is written otherwise."""
    if (counted := _COUNTED.fullmatch(text)) is not None and (day := _day_number(int(counted[1]))) > EARLIEST:
        return (
            f"a spreadsheet counts days so, and means {day} or, counting from 1904, {day + timedelta(days=1462)}: "
            "format the column as a date and export it again"
        )
    if _SHORT_YEAR.fullmatch(text):
        return "a year of two digits fits two centuries: export years with four"
    if (turned := _TURNED.fullmatch(text)) is not None:
        one, sign, other = turned[1], turned[2], turned[3]
        first = f"--date-format %d{sign}%m{sign}%Y says that {one} is the day"
        second = f"--date-format %m{sign}%d{sign}%Y that {other} is"
        if int(one) <= MONTHS and int(other) <= MONTHS and one != other:
            return f"{first}, {second}; look at other rows which one holds"
        return first if int(other) <= MONTHS else f"--date-format %m{sign}%d{sign}%Y says that {other} is the day"
    return "--date-format names another form"


def _day_number(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def last_day_on_earth(now: datetime) -> date:
    """Today where it is latest: a unit may have been installed there."""
    return (now + timedelta(hours=14)).date()
