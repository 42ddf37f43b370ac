"""Idempotent writes of the projection, and the look-ups that a ticket needs from the registry.

Each write is one SQL call, which is one transaction. It may be repeated at any time: the database applies a fact when
it is the ticket's next one and ignores it when it has it already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from temporalio import activity

from activities.telling import Teller
from models.contracts.assigning import AssignmentQuestion, AssignmentWarnings
from models.contracts.commands import EngineerRef
from models.contracts.facts import FACTS
from models.contracts.projection import (
    Candidates,
    CandidatesWanted,
    OpenTicketRecord,
    RecordFacts,
    RecordFactsResult,
)
from models.sql_functions import SqlFunction

if TYPE_CHECKING:  # workflows import this module for its signatures and must not reach SQLAlchemy
    from models.database import Database


RANKED_WITHIN = 1.5
"""Seconds: less than what the activity that asks for it is given."""

MOST_ASKED = 100
"""Candidates of an offer that names nobody: each step of it tells who is still to come."""


def _suggested(case: str, stage: str) -> dict[str, int]:
    """By the code, the place of each engineer of a case, in JSON, who is suggested for a stage."""
    from models.contracts.recommendation import EngineerCase
    from models.recommending.ranking import ranked

    known = EngineerCase.model_validate_json(case)
    facts = known.stage(stage)
    return {} if facts is None else {one.code: place for place, one in enumerate(ranked(known, facts).suitable)}


class RecordActivities:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._teller = Teller(database)

    @property
    def served(self) -> Sequence[Callable[..., Any]]:
        """What a worker of the tickets' queue takes of this."""
        return (
            self.open_ticket,
            self.transition_to_next_stage,
            self.record_facts,
            self.find_engineer,
            self.find_candidates,
            self.warn_of_assignment,
        )

    @activity.defn
    async def open_ticket(self, record: OpenTicketRecord) -> RecordFactsResult:
        """Store a new ticket with the facts of its opening; once stored it may be acknowledged."""
        stored = await self._database.call(
            SqlFunction.RECORD_TICKET_OPENING, record.ticket.model_dump_json(), FACTS.dump_json(record.facts).decode()
        )
        self._teller.moved(record.ticket.ticket_id, stored)
        return RecordFactsResult(stored=stored)

    @activity.defn
    async def transition_to_next_stage(self, record: RecordFacts) -> RecordFactsResult:
        """Store that stages ended and began, with everything that happened around it."""
        return await self._apply(record)

    @activity.defn
    async def record_facts(self, record: RecordFacts) -> RecordFactsResult:
        """Store facts that move no stage: assignments, clocks, holds, refusals, the end."""
        return await self._apply(record)

    @activity.defn
    async def find_engineer(self, code: str) -> EngineerRef | None:
        """The active engineer with this code, or None."""
        rows = await self._database.rows(SqlFunction.FIND_ENGINEER, code)
        return EngineerRef.model_validate(rows[0]) if rows else None

    @activity.defn
    async def find_candidates(self, wanted: CandidatesWanted) -> Candidates:
        """Whom a stage may be offered to, in the order in which they are to be asked."""
        rows = await self._database.rows(
            SqlFunction.OFFER_CANDIDATES, wanted.equipment_id, wanted.level.value, list(wanted.codes)
        )
        if not wanted.codes and wanted.ticket_id is not None and wanted.stage is not None:
            places = await self._places(wanted.ticket_id, wanted.stage)
            rows = sorted(rows, key=lambda row: places.get(row["code"], len(places)))[:MOST_ASKED]
        return Candidates(
            found=tuple(EngineerRef.model_validate(row) for row in rows if row["engineer_id"] is not None),
            unknown=tuple(row["code"] for row in rows if row["engineer_id"] is None),
        )

    async def _places(self, ticket_id: UUID, stage: str) -> dict[str, int]:
        """By the code, the place of each who is suggested for a stage.

        Nobody where the record does not know it yet, or where that can't be found out soon: it is an order, and an
        offer does not wait for that.
        """
        try:
            async with asyncio.timeout(RANKED_WITHIN):
                found = await self._database.call(SqlFunction.ENGINEER_CASE, ticket_id)
                return {} if found is None else await asyncio.to_thread(_suggested, found, stage)
        except Exception:
            activity.logger.warning("candidates are not ranked", exc_info=True)
            return {}

    @activity.defn
    async def warn_of_assignment(self, question: AssignmentQuestion) -> AssignmentWarnings:
        """What speaks against putting an engineer on a stage; nothing where the record does not know the ticket."""
        from models.contracts.recommendation import EngineerCase
        from models.recommending.assigning import warnings_for

        found = await self._database.call(SqlFunction.ENGINEER_CASE, question.ticket_id, question.engineer_code)
        if found is None:
            return AssignmentWarnings()
        return AssignmentWarnings(warnings=warnings_for(EngineerCase.model_validate_json(found), question.stage))

    async def _apply(self, record: RecordFacts) -> RecordFactsResult:
        stored = await self._database.call(
            SqlFunction.APPLY_TICKET_FACTS, record.ticket_id, FACTS.dump_json(record.facts).decode()
        )
        self._teller.moved(record.ticket_id, stored)
        return RecordFactsResult(stored=stored)
