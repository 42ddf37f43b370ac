"""What the record has of a ticket, read and rebuilt: how it was opened, and what it knew after its last stored fact."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from models.contracts.base import SYSTEM, Actor
from models.contracts.facts import FACTS, ClockMoved, CommandRefused, ContractChanged, Fact, PriorityChanged
from models.contracts.templates import ServiceConfiguration, TemplateSnapshot, targets_of
from models.contracts.tickets import TicketInput, UnitSnapshot
from models.database import Database
from models.sla.calendar import Calendar
from models.sql_functions import SqlFunction
from models.vocabulary import ClockKind, Priority
from starter.rescuing.diagnoses import RecordedDiagnosis, diagnoses_of, shown_then
from workflows.engine.recall import Recall, RecallError, recall
from workflows.patches import CURRENT


class NotRescuable(Exception):  # noqa: N818  # a property of a record
    """The record is not enough, or contradicts itself; the sentence says in what."""


@dataclass(frozen=True, slots=True)
class Record:
    """A ticket as its record gives it back.

    Attributes:
        ticket: the input that its workflow was started with, as far as that is known.
        facts: all of them, from the first on.
        memory: what they add up to; `memory.state` is what a further run goes on from.
        unseen: diagnoses that came after the last fact, so that nobody may have seen them.
        unknown: what the record does not say, in words.
    """

    ticket: TicketInput
    workflow_id: str
    facts: tuple[Fact, ...]
    memory: Recall
    unseen: tuple[RecordedDiagnosis, ...]
    unknown: tuple[str, ...]


async def read_record(database: Database, reference: str) -> Record | None:
    """The ticket that `reference` names; None where the record has none.

    Raises:
        NotRescuable: facts are missing, or don't follow from each other.
        DatabaseUnavailable, DatabaseRefused: as they say.
    """
    answer = await database.call(SqlFunction.READ_TICKET_FACTS, reference)
    return None if answer is None else record_of(json.loads(answer))


async def remember(database: Database, workflow_id: str) -> TicketInput | None:
    """A ticket with the state that its record gives back, for a further run; None where that is not to be had."""
    try:
        record = await read_record(database, workflow_id)
    except NotRescuable:
        return None
    return record.ticket.model_copy(update={"carried": record.memory.state}) if record is not None else None


def record_of(found: Mapping[str, Any]) -> Record:
    """A record, from what `read_ticket_facts()` says.

    Raises:
        NotRescuable: see `read_record()`.
    """
    if found["facts_stored"] != found["last_sequence"]:
        raise NotRescuable(
            f"the record is not whole: {found['facts_stored']} of {found['last_sequence']} facts are there. Look with "
            "an audit of the trail who has changed it"
        )
    try:
        facts = tuple(FACTS.validate_python(found["facts"]))
        ticket, unknown = _ticket(found, facts)
        memory = recall(ticket, datetime.fromisoformat(found["opened_at"]), facts)
    except (ValidationError, RecallError) as error:
        raise NotRescuable(f"the record is not one that this version can read: {error}") from error
    known = diagnoses_of(found["diagnoses"], ticket.template)
    unseen = shown_then(memory, known)
    unknown = (*unknown, *_unsaid(facts, memory))
    return Record(ticket, found["workflow_id"], facts, memory, unseen, unknown)


def _unsaid(facts: tuple[Fact, ...], memory: Recall) -> Iterator[str]:
    """What facts of before do not say, and what none says."""
    worded = {fact.command_id for fact in facts if fact.answered or isinstance(fact, CommandRefused)}
    wordless = {fact.command_id for fact in facts if fact.command_id and fact.actor != SYSTEM} - worded
    if wordless:
        yield f"in which words {len(wordless)} command{'s were' if len(wordless) > 1 else ' was'} answered"
    if any(visit.diagnosis is not None for visit in memory.state.visits):
        yield "whom else a diagnosis was asked of, and why it completed nothing by itself"


def _ticket(found: Mapping[str, Any], facts: tuple[Fact, ...]) -> tuple[TicketInput, tuple[str, ...]]:
    """The start input, and what of it is as it is now instead of as it was at intake."""
    opening = found["opening"] or {}
    template = TemplateSnapshot.model_validate(found["template"])
    priority = Priority(opening.get("priority") or found["priority"])
    unknown: list[str] = []
    if opening.get("unit") is None:
        unknown.append("what the unit, its customer and its site were called at intake (they have the names of today)")
    service = opening.get("service")
    if service is None:
        service = found["service"]
        unknown.append("the service configuration at intake (it is that of today, with the response target of then)")
    ticket = TicketInput(
        ticket_id=found["ticket_id"],
        number=found["number"],
        key=found["key"],
        unit=UnitSnapshot.model_validate(opening.get("unit") or found["unit"]),
        template=template,
        service=_as_promised(ServiceConfiguration.model_validate(service), template, priority, facts),
        calendar=Calendar.model_validate(found["calendar"]),
        description=opening.get("description") or found["description"],
        priority=priority,
        reporter=Actor.model_validate(opening.get("reporter") or found["reporter"]),
        behaviour=CURRENT,  # of the further run that goes on from it
    )
    return ticket, tuple(unknown)


def _as_promised(
    service: ServiceConfiguration, template: TemplateSnapshot, priority: Priority, facts: tuple[Fact, ...]
) -> ServiceConfiguration:
    """With the response target that the response clock shows, where the priority had none of its own."""
    special = {one.priority for one in template.priority_targets if one.response_target is not None}
    for fact in facts:
        match fact:
            case PriorityChanged():
                priority = fact.priority
            case ContractChanged():
                break
            case ClockMoved() if fact.clock is ClockKind.RESPONSE and priority not in special:
                if targets_of(template, service, priority).response != fact.target:
                    return service.model_copy(update={"response_target": fact.target})
                return service
            case _:
                pass
    return service
