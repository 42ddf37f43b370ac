"""What is agreed on now for the unit of a ticket: for a ticket whose contract has changed while it runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from models.contracts.templates import ServiceConfiguration
from models.database import Database
from models.freezing import frozen_calendar
from models.sla.calendar import Calendar
from models.sql_functions import SqlFunction
from starter.failures import FailureCode, Refused, Remedy, RemedyKind


class NoTerms(Refused):
    """Nothing that can be agreed on is in force; the sentence says what to do."""

    code = FailureCode.NO_TERMS


@dataclass(frozen=True, slots=True)
class AgreedTerms:
    """Service configuration and calendar as they are in the database now, for a ticket that is on record there."""

    workflow_id: str
    number: str
    service: ServiceConfiguration
    calendar: Calendar


async def agreed_terms(database: Database, reference: str) -> AgreedTerms | None:
    """The terms for a ticket by its number, key, workflow id or id; None where there is no such ticket.

    Raises:
        NoTerms: no service configuration is in force for the unit, or the site's time zone is not known here.
        DatabaseUnavailable, DatabaseRefused: as they say.
    """
    answer = await database.call(SqlFunction.AGREED_TERMS, reference)
    if answer is None:
        return None
    found = json.loads(answer)
    if found["service"] is None:
        raise NoTerms(
            f"No service configuration is in force for {found['serial']}, not even a default one.",
            Remedy(RemedyKind.SEED, "configuration"),
        )
    opened_at = datetime.fromisoformat(found["opened_at"])
    try:
        calendar = frozen_calendar(found["calendar"], opened_at, datetime.now(UTC))
    except ValueError as error:
        raise NoTerms(f"The calendar agreed on for {found['serial']} is not usable: {error}. Correct it.") from error
    service = ServiceConfiguration.model_validate(found["service"])
    return AgreedTerms(found["workflow_id"], found["number"], service, calendar)
