"""A fault that somebody reports who has no account: they stand before the unit, and its label says which one it is.

They are told what concerns them and nothing else: that the unit is known, that it was reported already, what becomes of
their own report.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.contracts.base import Actor
from models.contracts.intake import Acknowledgement, FaultReport
from models.database import Database
from models.records import TicketRecord
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role
from models.vocabulary.stages import StageStatus
from models.vocabulary.tickets import Priority, TicketStatus
from starter.given import made
from starter.intake import Intake
from starter.labels import BadLabel, LabelKeys, Purpose
from starter.reading import registry
from starter.reading.dangers import harm_words

BY_LABEL = "by label"
"""Stands behind what a reporter calls themselves: nobody's code has blanks, so they are never taken for an account."""

SHOWN = 3
"""Earlier reports that are told."""


class Connected(StrEnum):
    """Whether a patient is connected to the unit."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


SAID = {
    Connected.YES: "Patient connected: yes.",
    Connected.NO: "Patient connected: no.",
    Connected.UNKNOWN: "Whether a patient is connected is not known.",
}
"""How it stands in the description."""


@dataclass(frozen=True, slots=True)
class LabelledUnit:
    """A unit as whoever stands before it may know it."""

    unit_id: UUID
    serial: str
    what: str
    where: str
    time_zone: str
    open_tickets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A report of the same unit that has not ended."""

    number: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What somebody says.

    Attributes:
        who: to call back.
        key: under which the report is one, however often it is sent.
    """

    symptom: str
    connected: Connected
    who: str
    priority: Priority
    key: str

    @property
    def description(self) -> str:
        """As it is on record."""
        return f"{self.symptom}\n\n{SAID[self.connected]}"


class Doubt(StrEnum):
    """Why somebody is asked before their report is taken as it is."""

    PATIENT = "patient"
    """A patient is connected, and they say that it is not urgent."""
    HARM = "harm"
    """Their words tell of danger, and they say that it is not urgent."""


class Phase(StrEnum):
    """What becomes of a report, as whoever made it is told."""

    REPORTED = "reported"
    TAKEN = "taken"
    ON_THE_WAY = "on_the_way"
    WAITS = "waits"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Status:
    """What becomes of a report."""

    number: str
    serial: str
    time_zone: str
    opened_at: datetime
    phase: Phase
    stage: str | None
    resume_at: datetime | None
    closed_at: datetime | None


async def labelled_unit(database: Database, keys: LabelKeys, token: str) -> LabelledUnit:
    """The unit that a label is on.

    Raises:
        BadLabel: the label is none of ours, or there is no such unit any more.
    """
    unit_id = keys.subject(token, Purpose.UNIT)
    found = await registry.units(database, None, str(unit_id), 1, None)
    if not found.rows:
        raise BadLabel("The unit of this label is not in the registry any more.")
    row = found.rows[0]
    return LabelledUnit(
        unit_id=unit_id,
        serial=row["serial"],
        what=f"{row['equipment_type_name']} {row['manufacturer_name']} {row['model']}",
        where=f"{row['customer_name']}, {row['site_name']}",
        time_zone=row["time_zone"],
        open_tickets=row["open_tickets"],
    )


async def earlier_reports(database: Database, unit: LabelledUnit) -> list[Earlier]:
    """The newest reports of a unit that have not ended: that they are there, and since when."""
    found = []
    for number in unit.open_tickets[:SHOWN]:
        document = await database.call(SqlFunction.GET_TICKET, number)
        if document is not None:
            opened: dict[str, Any] = json.loads(document)["ticket"]
            found.append(Earlier(number, datetime.fromisoformat(opened["opened_at"])))
    return found


def doubts(report: LabelReport) -> tuple[Doubt, ...]:
    """What speaks against taking a report as it is: what it tells of is worse than its priority says."""
    found = []
    if report.connected is Connected.YES and report.priority in {Priority.P3, Priority.P4}:
        found.append(Doubt.PATIENT)
    if report.priority is not Priority.P1 and harm_words(report.symptom):
        found.append(Doubt.HARM)
    return tuple(found)


async def report(intake: Intake, unit: LabelledUnit, said: LabelReport) -> Acknowledgement:
    """Open a ticket for whoever stands before a unit.

    Raises:
        BadInput: something can't be kept.
        ReportRefused, NotConfirmed, TemporalUnavailable: as they say.
    """
    return await intake.open(
        made(
            FaultReport,
            unit=str(unit.unit_id),
            description=said.description,
            priority=said.priority,
            reporter=made(Actor, code=f"{said.who} ({BY_LABEL})", role=Role.HOSPITAL),
            key=said.key,
        )
    )


async def status_of(database: Database, keys: LabelKeys, token: str) -> Status:
    """What becomes of the report that an address is of.

    Raises:
        BadLabel: it is none of ours.
    """
    ticket_id = keys.subject(token, Purpose.REPORT)
    document = await database.call(SqlFunction.GET_TICKET, str(ticket_id))
    if document is None:
        raise BadLabel("There is no report at this address any more.")
    record = TicketRecord.parse(document)
    current = next((one for one in record.stages if one.status is StageStatus.IN_PROGRESS), None)
    return Status(
        number=record.ticket.number,
        serial=record.unit.serial,
        time_zone=record.unit.time_zone,
        opened_at=record.ticket.opened_at,
        phase=_phase(record),
        stage=None if current is None or record.ticket.status.has_ended else current.name,
        resume_at=record.ticket.resume_at,
        closed_at=record.ticket.closed_at,
    )


def _phase(record: TicketRecord) -> Phase:
    ended = {TicketStatus.CLOSED: Phase.DONE, TicketStatus.CANCELLED: Phase.CANCELLED}
    if (phase := ended.get(record.ticket.status)) is not None:
        return phase
    if record.ticket.status is TicketStatus.ON_HOLD:
        return Phase.WAITS
    now = [one for one in record.stages if one.status is StageStatus.IN_PROGRESS]
    if any(one.travel_started_at is not None and one.arrived_at is None for one in now):
        return Phase.ON_THE_WAY
    return Phase.TAKEN if any(one.assignments for one in record.stages) else Phase.REPORTED
