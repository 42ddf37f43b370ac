"""Whose time a ticket took, told from its record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from models.contracts.facts import Fact
from models.contracts.templates import StageDefinition
from models.sla.calendar import Calendar
from models.sla.ledger import Ledger, ledger
from models.sla.owners import LEDGER_FACTS, LedgerError
from starter.failures import Refused, Remedy, RemedyKind
from starter.reading.words import moment

_FACTS: TypeAdapter[tuple[Fact, ...]] = TypeAdapter(tuple[Fact, ...])
_STAGES: TypeAdapter[tuple[StageDefinition, ...]] = TypeAdapter(tuple[StageDefinition, ...])


def ledger_at(found: Mapping[str, Any], at: datetime | None) -> Ledger:
    """The ledger of a ticket, for somebody who asks for it.

    Raises:
        Refused: `at` lies before the report, or a century after it.
    """
    try:
        return recorded_ledger(found, at)
    except LedgerError as error:
        raise Refused(f"There is no ledger: {error}.", Remedy(RemedyKind.OTHER_TIME)) from error


def recorded_ledger(found: Mapping[str, Any], at: datetime | None = None) -> Ledger:
    """The ledger of a ticket, from what `get_ticket()` says of it.

    Args:
        at: up to when; None: up to now, with all that is on record.

    Raises:
        LedgerError: `at` lies before the report, or a century after it.
    """
    entries = found["timeline"]
    if at is None:
        # What a worker has recorded has happened, also where its clock is ahead of ours.
        at = max(datetime.now(UTC), *(moment(one["occurred_at"]) for one in entries))
    facts = _FACTS.validate_python([one["new_value"] for one in entries if one["action"] in LEDGER_FACTS])
    stages = _STAGES.validate_python(found["template_stages"])
    (_, first), *_ = calendars(found)
    return ledger(facts, stages, first, moment(found["ticket"]["opened_at"]), at)


def calendars(found: Mapping[str, Any]) -> list[tuple[datetime, Calendar]]:
    """The calendars of a ticket, each with the instant since which it is in force, from the report on."""
    changes = [one for one in found["timeline"] if one["action"] == "contract_changed"]
    first = changes[0]["old_value"]["calendar"] if changes else found["calendar"]
    since = [(found["ticket"]["opened_at"], first)]
    since += [(one["occurred_at"], one["new_value"]["calendar"]) for one in changes]
    return [(moment(at), Calendar.model_validate(calendar)) for at, calendar in since]


def account(told: Ledger) -> dict[str, Any]:
    """The totals for programs: every owner, also those who had no time."""
    return {
        "start": told.start,
        "end": told.end,
        "ended": told.ended,
        "wall_clock": told.wall_clock,
        "totals": told.totals,
    }


def as_document(found: Mapping[str, Any], told: Ledger) -> dict[str, Any]:
    """The whole ledger for programs; shares are percentages of the wall clock."""
    return {
        "number": found["ticket"]["number"],
        **account(told),
        "shares": {owner: share(length, told.wall_clock) for owner, length in told.totals.items()},
        "time_zone": found["unit"]["time_zone"],
        "calendars": [{"since": since, "calendar": one} for since, one in calendars(found) if since <= told.end],
        "entries": [
            {
                "start": one.start,
                "end": one.end,
                "length": one.length,
                "owner": one.owner,
                "because": one.because,
                "cause": one.cause,
            }
            for one in told.entries
        ],
    }


def share(length: timedelta, whole: timedelta) -> float:
    """A length as a percentage of the whole."""
    return 100 * length / whole if whole else 0.0
