"""When it happened, and which incident it was: the columns that tell one report from another of the same words.

A fault that recurs is reported in the same words for the same unit. Where a file has no keys, what its columns of this
kind say is part of the key that is made. Columns that change between two exports of one incident (when it was closed,
changed, exported) are not among them, or the second export would open everything anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from models.placeholders import is_error, says_nothing
from models.spelling import BLANKS
from starter.importing.equipment.names import keys

_WHAT = ("", "incident", "event", "fault", "failure", "report", "alarm", "error", "problem", "issue", "notification",
         "complaint", "ticket", "case", "request", "call", "malfunction", "occurrence")  # fmt: skip
_WHEN = ("date", "time", "date time", "datetime", "timestamp", "day", "at", "on", "date and time", "reported at",
         "occurred at", "happened at")  # fmt: skip
_WHICH = ("id", "no", "nr", "number", "num", "ref", "reference", "key", "uuid", "guid")
_NAMES = (
    *(f"{what} {when}" for what in _WHAT for when in _WHEN if what or when not in ("at", "on")),
    *(f"{when} of {what}" for what in _WHAT[1:] for when in ("date", "time", "day")),
    *(f"{what} {which}" for what in _WHAT[1:] for which in _WHICH),
    *_WHAT[1:],
    "id", "uuid", "guid", "ref", "reference", "reference number", "sr no of incident", "mdr report key", "report key",
    *(f"{verb}{end}" for verb in ("reported", "occurred", "happened", "raised", "notified", "opened", "created",
                                  "logged", "registered", "received", "discovered", "detected", "observed", "started")
      for end in (" at", " on", " date", " time", "", " timestamp")),
    *(f"date {verb}" for verb in ("reported", "occurred", "raised", "opened", "created", "logged", "received",
                                  "notified", "of report", "received by fda")),
    "start", "start time", "start date", "begin", "began", "began at", "since", "breakdown date", "breakdown time",
    "down since", "creation date", "creation time", "opening date", "entry date", "when",
    # In other languages.
    "datum", "uhrzeit", "zeit", "zeitpunkt", "zeitstempel", "gemeldet am", "meldedatum", "ereignisdatum",
    "störungsdatum", "ereigniszeit", "vorfall", "vorfallnummer", "vorgangsnummer", "meldungsnummer", "störung am",
    "erfasst am", "heure", "date heure", "date de l'incident", "date de signalement", "signalé le", "numéro d'incident",
    "fecha", "hora", "fecha y hora", "fecha del incidente", "data", "ora", "data e ora", "data hora", "tijd",
    "tijdstip", "дата", "время",
)  # fmt: skip
_KNOWN = frozenset(key for name in _NAMES for key in keys(name))


def tells_occasion(column: str) -> bool:
    """Whether a column of this name says when something happened, or which incident it was."""
    return not keys(column).isdisjoint(_KNOWN)


def occasion_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Those columns of a file that do."""
    return tuple(sorted(column for column in columns if tells_occasion(column)))


def occasion(values: Mapping[str, object], columns: tuple[str, ...]) -> dict[str, str]:
    """What a record says in these columns; instants in UTC, however they are written; empty where it says nothing."""
    said = {column: str(values[column]).strip(BLANKS) for column in columns if values.get(column) is not None}
    return {
        column: _in_one_form(text) for column, text in said.items() if not says_nothing(text) and not is_error(text)
    }


def _in_one_form(text: str) -> str:
    if not text[0].isdigit():
        return text
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if found.tzinfo is None else found.astimezone(UTC).isoformat()
