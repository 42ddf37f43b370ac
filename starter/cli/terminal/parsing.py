"""What people type, as values: durations, instants, answers, names. Every refusal says what to type instead."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from models.contracts.commands import Answer
from models.instants import in_utc
from models.vocabulary import ActionKind
from starter.failures import BadInput
from starter.given import storable

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "min": "minutes", "s": "seconds"}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(w|d|h|min|m|s)")
_YES = frozenset({"true", "yes"})
_NO = frozenset({"false", "no"})
_LONGEST_INPUT = 1_000_000


def duration(text: str) -> timedelta:
    """`4h`, `90m`, `1d12h`, `45s` as a duration above zero.

    Raises:
        Failure: it is none.
    """
    compact = text.strip().lower()
    parts = _PART.findall(compact)
    if not parts or _PART.sub("", compact).strip():
        raise BadInput(f"{text!r} is not a duration. Write it like 30m, 4h, 2d or 1d12h.")
    try:
        total = sum((timedelta(**{_UNITS[unit]: float(count)}) for count, unit in parts), timedelta(0))
    except OverflowError:
        raise BadInput(f"{text!r} is too long a duration.") from None
    if total <= timedelta(0):
        raise BadInput(f"The duration {text!r} is zero. Give a longer one.")
    return total


def instant(text: str, otherwise: str = "--for 4h") -> datetime:
    """An ISO 8601 instant, which must say its offset: a guess of the time zone would move a clock by hours.

    Args:
        otherwise: what a refusal names as the other way to say it.

    Raises:
        Failure: it is none, or has no offset.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{text!r} is not a time. Write it like 2026-03-01T09:00+05:30, or use {otherwise}.") from None
    if found.tzinfo is None:
        plain = found.isoformat(timespec="minutes")
        raise BadInput(
            f"{text!r} does not say in which time zone. Write {plain}Z for UTC, {plain}+05:30 with the site's offset, "
            f"or use {otherwise}.",
        )
    return _told(found, text)


def day_or_instant(text: str, option: str) -> datetime:
    """A day (its first instant in UTC) or an instant with its offset.

    Raises:
        Failure: it is neither.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return instant(text, f"{option} 2026-03-01 for a day in UTC")
    return _told(datetime(day.year, day.month, day.day, tzinfo=UTC), text)


def _told(found: datetime, text: str) -> datetime:
    try:
        return in_utc(found)
    except ValueError as error:
        raise BadInput(f"{text!r} is {error}. Give a time within them.") from None


def answers(
    done: Sequence[str], assignments: Sequence[str], kinds: Mapping[str, ActionKind] | None = None
) -> dict[str, Answer]:
    """The answers to a stage's required actions, from `--done KEY` and `--set KEY=VALUE`.

    Args:
        kinds: what each action takes, when the ticket's template is at hand: a text made of digits then stays a text.
            Without it the form of the value decides.

    Raises:
        Failure: a key twice, no value, or a value that its action does not take.
    """
    found: dict[str, Answer] = {}
    for key, value in [(key, None) for key in done] + [_assignment(text) for text in assignments]:
        if key in found:
            raise BadInput(f"{key} is given twice.")
        found[storable(key, "action's key")] = (
            True if value is None else _answer(key, storable(value, f"answer {key}"), (kinds or {}).get(key))
        )
    return found


def _assignment(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise BadInput(f"--set {text!r} is not of the form KEY=VALUE.")
    return key.strip(), value


def _answer(key: str, value: str, kind: ActionKind | None) -> Answer:
    word = value.strip().lower()
    if kind is ActionKind.TEXT:
        return value
    if word in _YES | _NO and kind is not ActionKind.RATING:
        return word in _YES
    if kind is ActionKind.CHECK:
        raise BadInput(f"{key} is ticked or not: write --done {key}, or --set {key}=true.")
    if re.fullmatch(r"[+-]?\d{1,9}", word):
        return int(word)
    if kind is ActionKind.RATING:
        raise BadInput(f"{key} takes a whole number from 0 to 10, not {value!r}.")
    return value


def text_or_stdin(text: str, what: str) -> str:
    """The text itself, or standard input where it is `-`.

    Raises:
        Failure: it can't be read, is not text, or has characters that can't be stored.
    """
    if text == "-":
        data = sys.stdin.buffer.read(_LONGEST_INPUT + 1)
        if len(data) > _LONGEST_INPUT:
            raise BadInput(f"The {what} on standard input is longer than {_LONGEST_INPUT:,} bytes. Shorten it.")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadInput(f"The {what} on standard input is not UTF-8 text.") from None
    return storable(text, what)


def myself() -> str:
    """The login name, for a command that does not say who does it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "terminal"
