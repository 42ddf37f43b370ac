"""Tells a ticket's story in facts, as a workflow would."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from models.contracts.base import SYSTEM
from models.contracts.commands import EngineerRef
from models.contracts.facts import FACTS, ClockMoved, Fact, StageEntry, StageFinish, StagesMoved
from models.contracts.projection import TicketRow
from models.contracts.templates import TemplateSnapshot
from models.contracts.tickets import TicketInput
from models.contracts.told import BaseFact, StageRef
from models.database import Database
from models.identity import TicketId, clock_id
from models.sql_functions import SqlFunction
from models.vocabulary.people import SupportLevel
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState
from models.vocabulary.stages import StageOutcome, StageStatus
from tests.factories import HOUR, NURSE, T0

_AT_ONCE = 40
"""Facts of one call, so that a ticket takes several."""

Told = TypeVar("Told", bound=BaseFact)


class Story:
    """One ticket: the next fact has the next sequence number; time goes on only when it is told to."""

    def __init__(self, database: Database, row: TicketRow) -> None:
        self.database = database
        self.row = row
        self.ticket_id: UUID = row.ticket_id
        self.sequence = 0
        self.now = row.opened_at

    def tell(self, kind: type[Told], **fields: Any) -> Told:
        """The next fact."""
        self.sequence += 1
        return kind.model_validate({"sequence": self.sequence, "at": self.now, "actor": SYSTEM, **fields})

    def enter(self, key: str, visit: int = 1, engineer: EngineerRef | None = None) -> StagesMoved:
        level = engineer.support_level if engineer else SupportLevel.L1
        entry = StageEntry(key=key, visit=visit, support_level=level, engineer=engineer)
        return self.tell(StagesMoved, entered=(entry,))

    def complete(self, key: str, visit: int = 1, actions: dict[str, Any] | None = None, **fields: Any) -> StagesMoved:
        """A visit is completed; `fields` say what comes with it (planned, entered, actor, …)."""
        finish = StageFinish(
            key=key, visit=visit, status=StageStatus.COMPLETED, outcome=StageOutcome.DONE, actions=actions or {}
        )
        return self.tell(StagesMoved, finished=(finish,), **fields)

    def clock(
        self,
        event: ClockEventKind,
        state: ClockState = ClockState.RUNNING,
        *,
        name: str = "resolution",
        kind: ClockKind = ClockKind.RESOLUTION,
        stage: StageRef | None = None,
        elapsed: timedelta = timedelta(0),
        percent: int | None = None,
    ) -> ClockMoved:
        running = state in {ClockState.RUNNING, ClockState.BREACHED}
        target = 60 * HOUR
        return self.tell(
            ClockMoved,
            clock_id=clock_id(TicketId(self.ticket_id), name),
            clock=kind,
            name=name,
            stage=stage,
            event=event,
            percent=percent,
            target=target,
            elapsed=elapsed,
            due_at=self.now + target - elapsed if running else None,
            state=state,
        )

    async def apply(self, *facts: Fact) -> int:
        """Write facts; returns where the ticket stands."""
        return await apply_facts(self.database, self.ticket_id, facts)

    async def shown(self) -> dict[str, Any]:
        """What `get_ticket()` shows."""
        found: dict[str, Any] = json.loads(await self.database.call(SqlFunction.GET_TICKET, self.row.number))
        return found


async def apply_facts(database: Database, ticket_id: UUID, facts: Sequence[Fact]) -> int:
    stored: int = await database.call(SqlFunction.APPLY_TICKET_FACTS, ticket_id, FACTS.dump_json(tuple(facts)).decode())
    return stored


async def ticket_row(database: Database, unit: str = "VENT-ICU-001", key: str | None = None) -> TicketRow:
    """What intake makes of a report on a unit."""
    prepared = json.loads(await database.call(SqlFunction.PREPARE_INTAKE, unit, key, T0))
    template = TemplateSnapshot.model_validate(prepared["template"])
    return TicketRow(
        ticket_id=prepared["ticket_id"],
        number=prepared["number"],
        key=key,
        workflow_id=key or prepared["number"],
        run_id=str(uuid4()),
        equipment_id=prepared["unit"]["equipment_id"],
        customer_id=prepared["unit"]["customer_id"],
        site_id=prepared["unit"]["site_id"],
        service_configuration_id=prepared["service"]["configuration_id"],
        description="Alarm 'flow sensor' after 20 minutes",
        priority="P1",
        reporter=NURSE,
        opened_at=T0,
        template_id=template.template_id,
        template_snapshot=template.model_dump(mode="json"),
    )


async def record_opening(database: Database, row: TicketRow, facts: Sequence[Fact]) -> int:
    stored: int = await database.call(
        SqlFunction.RECORD_TICKET_OPENING, row.model_dump_json(), FACTS.dump_json(tuple(facts)).decode()
    )
    return stored


async def store(database: Database, ticket: TicketInput, facts: Sequence[Fact]) -> None:
    """Write the facts of an engine that was opened at T0, several at once, as the workflow's projector does."""
    row = TicketRow(
        ticket_id=ticket.ticket_id,
        number=ticket.number,
        key=None,
        workflow_id=ticket.number,
        run_id="run",
        equipment_id=ticket.unit.equipment_id,
        customer_id=ticket.unit.customer_id,
        site_id=ticket.unit.site_id,
        service_configuration_id=ticket.service.configuration_id,
        description=ticket.description,
        priority=ticket.priority,
        reporter=ticket.reporter,
        opened_at=T0,
        template_id=ticket.template.template_id,
        template_snapshot=ticket.template.model_dump(mode="json"),
        calendar_snapshot=ticket.calendar.model_dump(mode="json"),
    )
    await record_opening(database, row, facts[:2])
    for first in range(2, len(facts), _AT_ONCE):
        await apply_facts(database, ticket.ticket_id, facts[first : first + _AT_ONCE])


async def open_story(database: Database, unit: str = "VENT-ICU-001", key: str | None = None) -> Story:
    """A ticket that was just opened, its first stage entered and its resolution clock started."""
    story = Story(database, await ticket_row(database, unit, key))
    stages = story.row.template_snapshot["stages"]
    assert isinstance(stages, list)
    facts = (story.clock(ClockEventKind.STARTED), story.enter(stages[0]["key"]))
    assert await record_opening(database, story.row, facts) == 2
    return story


async def engineer(database: Database, code: str) -> EngineerRef:
    rows = await database.rows(SqlFunction.FIND_ENGINEER, code)
    return EngineerRef.model_validate(rows[0])
