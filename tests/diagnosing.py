"""Tickets whose diagnosis AI is asked for, with providers of a test's own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from temporalio.testing import TimeSkipper

from activities.ai.tasks.registry import ENGINES, TASKS
from activities.ai.workers import AiWorkers
from models.contracts.intake import FaultReport
from models.database import Database
from models.identity import workflow_id
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.tickets import Priority
from starter.freezing import freeze
from tests.factories import NURSE, assign
from tests.field import Field, Ticket
from worker import build_worker
from workflows.engine.diagnoses import SUMMARY

LEAK = "Low pressure alarm, circuit leak, tidal volume not reached"
STAGE = "remote_diagnosis"
UNIT = "VENT-ICU-001"


@asynccontextmanager
async def asking(
    skipper: TimeSkipper, url: str | Database, environment: dict[str, str], settings: Settings | None = None
) -> AsyncIterator[Field]:
    """A worker with AI of its own, on a queue of its own."""
    queue, settings = f"diagnosis-{uuid4().hex[:8]}", settings or Settings()
    database = url if isinstance(url, Database) else Database(url)
    ai = AiWorkers(skipper.client, database, settings, TASKS, ENGINES, task_queue=queue, environment=environment)
    async with build_worker(skipper.client, database, settings, queue), ai:
        yield Field(skipper, database, queue)
    await database.aclose()


async def reported(field: Field, description: str = LEAK, unit: str = UNIT) -> Ticket:
    """A ticket of which AI has been asked."""
    ticket = await just_reported(field, description, unit)
    await ticket.advised()
    return ticket


async def just_reported(field: Field, description: str = LEAK, unit: str = UNIT) -> Ticket:
    """A ticket with an engineer."""
    opened = await field.report(unit, key=f"ai-{uuid4().hex[:12]}", description=description)
    ticket = Ticket(field, opened.ticket.workflow_id, opened.ticket.number)
    await ticket.do(assign("ENG-004"))
    return ticket


async def asked_as(
    field: Field, description: str = LEAK, *, unit: str = UNIT, without_ai: bool = False, **of_task: Any
) -> Ticket:
    """A ticket whose template lets AI do something else (`raises_priority`), and asks for a diagnosis summary only."""
    report = FaultReport(
        unit=unit,
        description=description,
        priority=Priority.P3,
        reporter=NURSE,
        key=f"ai-{uuid4().hex[:12]}",
    )
    given = freeze(report, json.loads(await field.database.call(SqlFunction.PREPARE_INTAKE, report.unit, report.key)))
    stages = tuple(
        one.model_copy(
            update={
                "ai": () if without_ai else tuple(task.model_copy(update=of_task) for task in one.ai),
                "required_actions": tuple(action for action in one.required_actions if action.key == SUMMARY),
            }
        )
        if one.key == STAGE
        else one
        for one in given.template.stages
    )
    given = given.model_copy(update={"template": given.template.model_copy(update={"stages": stages})})
    handle = await field.client.start_workflow(
        given.template.workflow_type, given, id=workflow_id(given.number, given.key), task_queue=field.task_queue
    )
    return Ticket(field, handle.id, given.number)


async def diagnosis(ticket: Ticket) -> dict[str, Any]:
    [found] = (await ticket.stored())["diagnoses"]
    return dict(found)


def answer(**fields: Any) -> str:
    """What a model may say of the leak."""
    quote = {"source": "description", "reference": "", "quote": "circuit leak"}
    given = {
        "summary": "The breathing circuit leaks.",
        "hypotheses": [
            {
                "cause": "Cracked tube",
                "confidence": 80,
                "problem_code": "A050402",
                "category": "consumable",
                "evidence": [quote],
            }
        ],
        "problem_code": "A050402",
        "category": "consumable",
        "severity": "high",
        "severity_evidence": [quote],
        "support_level": "L1",
        "support_level_evidence": [quote],
        "recommended_actions": ["Look at the tube"],
        "parts": [{"part_number": "VENT-TUBE-HF", "quantity": 1, "reason": "Cracked", "evidence": [quote]}],
        "remote_fix": {"possible": False, "steps": [], "evidence": []},
        "abstained_because": "",
    }
    return json.dumps({**given, **fields})


async def changed(owner: Database, assignments: str) -> None:
    """What an operator sets for every provider."""
    async with owner.session() as session:
        connection = await session.connection()
        await connection.execute(text(f"UPDATE ai_providers SET {assignments}"))  # noqa: S608 - the words of this module
        await session.commit()
