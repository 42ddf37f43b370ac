"""What shows at a glance, of all tickets at once: who can't go on, whose workflow is gone, what runs without a record.

Compares the list of what is open on record with Temporal's list of what runs: a few round trips for thousands of
tickets. Temporal's index and the record both lag behind by a moment, so whatever differs is asked about one by one, and
what began just now is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from temporalio.client import Client

from activities.reconciling.standing import NotKnownError, Running, failing, running, standing
from models.contracts.reconciliation import Finding, FindingKind
from models.sql_functions import SqlFunction

if TYPE_CHECKING:  # workflows import what leads here for its signatures and must not reach SQLAlchemy
    from models.database import Database

PAGE = 1_000
MOST = 100_000
"""Tickets of each side that are compared; beyond them the rest is left out, and that is said."""

ASKED = 200
"""Tickets that are asked about one by one, of each kind; the others wait until these are repaired."""

GRACE = timedelta(minutes=2)
"""How old a run must be to be missed on record: a ticket is written within seconds unless the database is away."""

LINGERING = timedelta(minutes=10)
"""How long a ticket may be over and its workflow still run: it ends when all is stored and everybody answered."""


@dataclass(slots=True)
class Glance:
    """What was seen.

    Attributes:
        open: tickets that are open on record.
        whole: whether all of both sides was compared.
        failing_known: whether this Temporal server says whose task fails.
    """

    open: int = 0
    whole: bool = True
    failing_known: bool = True
    findings: list[Finding] = field(default_factory=list)


async def glance(client: Client, database: Database) -> Glance:
    """Look at all tickets.

    Raises:
        RPCError: Temporal does not answer.
        DatabaseUnavailable: the database does not.
    """
    seen = Glance()
    on_record = await _open(database, seen)
    runs = await _running(client, seen)
    seen.open = len(on_record)
    await _failing(client, seen, runs, on_record)
    gone = {workflow_id: row for workflow_id, row in on_record.items() if workflow_id not in runs}
    await _gone(client, database, seen, gone)
    await _strangers(client, database, seen, [run for run in runs.values() if run.workflow_id not in on_record])
    return seen


async def _open(database: Database, seen: Glance) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    after: UUID | None = None
    while rows := await database.rows(SqlFunction.TICKETS_BY_ID, after, PAGE, True):
        found.update((row["workflow_id"], row) for row in rows)
        after = rows[-1]["ticket_id"]
        if len(rows) < PAGE:
            break
        if len(found) >= MOST:
            seen.whole = False
            break
    return found


async def _running(client: Client, seen: Glance) -> dict[str, Running]:
    found: dict[str, Running] = {}
    async for one in running(client):
        found[one.workflow_id] = one
        if len(found) >= MOST:
            seen.whole = False
            break
    return found


async def _failing(
    client: Client, seen: Glance, runs: Mapping[str, Running], on_record: Mapping[str, Mapping[str, Any]]
) -> None:
    try:
        stuck = await failing(client)
    except NotKnownError:
        seen.failing_known = False
        return
    for one in stuck:
        row = on_record.get(one.workflow_id, {})
        ticket = {"workflow_id": one.workflow_id, "number": one.number, "ticket_id": row.get("ticket_id")}
        detail = one.problem or (runs[one.workflow_id].problem if one.workflow_id in runs else None) or ""
        seen.findings.append(Finding(kind=FindingKind.TASK_FAILS, detail=detail, **ticket))


async def _gone(client: Client, database: Database, seen: Glance, candidates: Mapping[str, Mapping[str, Any]]) -> None:
    """Open on record, and not among what runs: unless it runs after all, or is over on record by now."""
    asked = list(candidates)[:ASKED]
    seen.whole &= len(asked) == len(candidates)
    fates = {workflow_id: await standing(client, workflow_id) for workflow_id in asked}
    still = {row["workflow_id"]: row["status"] for row in await database.rows(SqlFunction.TICKETS_OF_WORKFLOWS, asked)}
    for workflow_id, found in fates.items():
        if found.runs or still.get(workflow_id) not in {"open", "on_hold"}:
            continue
        row = candidates[workflow_id]
        ticket = {"workflow_id": workflow_id, "number": row["number"], "ticket_id": row["ticket_id"]}
        seen.findings.append(Finding(kind=FindingKind.WORKFLOW_GONE, detail=found.fate, **ticket))


async def _strangers(client: Client, database: Database, seen: Glance, runs: list[Running]) -> None:
    """Running, and not open on record: new ones, just reopened ones, ones that are about to end, and what is wrong."""
    now = datetime.now(UTC)
    old = [one for one in runs if one.began_at < now - GRACE]
    asked = old[:ASKED]
    seen.whole &= len(asked) == len(old)
    rows = await database.rows(SqlFunction.TICKETS_OF_WORKFLOWS, [one.workflow_id for one in asked])
    known = {row["workflow_id"]: row for row in rows}
    for one in asked:
        row = known.get(one.workflow_id)
        if row is not None and (row["closed_at"] is None or row["closed_at"] > now - LINGERING):
            continue
        found = await standing(client, one.workflow_id)
        if not found.runs or found.began_at is None or found.began_at >= now - GRACE:
            continue
        kind = FindingKind.NOT_ON_RECORD if row is None else FindingKind.STILL_RUNS
        ticket = {"workflow_id": one.workflow_id, "number": one.number, "ticket_id": row["ticket_id"] if row else None}
        why = "" if found.waits_for is None else f"{found.waits_for[0]} was tried in vain"
        seen.findings.append(Finding(kind=kind, detail=why, **ticket))
