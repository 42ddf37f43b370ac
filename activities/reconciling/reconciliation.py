"""One run of reconciling: a glance at all tickets, and some compared in full, from where the last run stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from temporalio import activity
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError

from activities.reconciling.comparison import unlike
from activities.reconciling.glance import glance
from activities.reconciling.standing import standing
from models.contracts.reconciliation import Finding, FindingKind, ReconcileBatch, Reconciled, ReconciliationBatch
from models.contracts.status import StatusReport
from models.identity import STATUS_QUERY
from models.records import TicketRecord, UnreadableRecord
from models.sql_functions import SqlFunction

if TYPE_CHECKING:  # workflows import this module for its signatures and must not reach SQLAlchemy
    from models.database import Database

Json = Mapping[str, Any]

ANSWER_WITHIN = timedelta(seconds=5)
"""For a workflow to say where it stands: it may have to be replayed."""

CATCHES_UP = timedelta(minutes=1)
"""How long a record may stand still behind its workflow. A write is tried again every ten seconds at the latest."""

SILENT = 5
"""Workflows in a row that do not answer, after which no other is asked in this run: no worker serves them."""

REOPENED_WITHIN = timedelta(days=8)
"""How long after its end a ticket is asked as well: it may have to be reopened, which needs its history."""

NONDETERMINISM = "[TMPRL1100]"
"""The SDK's mark of a history that its code can't replay."""

log = logging.getLogger(__name__)

_TOLD = 12
"""Columns that a finding names; `fieldcare audit verify` names all."""


class _CanNotReplayError(Exception):
    """The history of a ticket can't be replayed by the worker that was asked."""


class ReconciliationActivities:
    """
    Args:
        catches_up: how long a record may stand still behind its workflow.
    """

    def __init__(self, client: Client, database: Database, *, catches_up: timedelta = CATCHES_UP) -> None:
        self._client, self._database = client, database
        self._catches_up = catches_up

    @property
    def served(self) -> Sequence[Callable[..., Any]]:
        """What a worker of the tickets' queue takes of this."""
        return (self.reconcile,)

    @activity.defn
    async def reconcile(self, batch: ReconcileBatch) -> Reconciled:
        """Compare, and keep what was found. Tried again it does the same once more, and finds the same."""
        seen = await glance(self._client, self._database)
        findings = list(seen.findings)
        stopped = {one.workflow_id for one in findings if one.kind is not FindingKind.STILL_RUNS}
        rows = await self._database.rows(SqlFunction.TICKETS_TO_RECONCILE, batch.tickets)
        behind: list[dict[str, Any]] = []
        silent = 0
        for row in rows:
            _heartbeat(row["number"])
            ticket = {"workflow_id": row["workflow_id"], "number": row["number"], "ticket_id": row["ticket_id"]}
            findings += await self._record_changed(ticket)
            if not _needed(row) or row["workflow_id"] in stopped or silent >= SILENT:
                continue
            if not seen.failing_known and (found := await standing(self._client, row["workflow_id"])).fails:
                findings.append(Finding(kind=FindingKind.TASK_FAILS, detail=found.why, **ticket))
                continue
            try:
                report = await self._ask(row["workflow_id"])
            except _CanNotReplayError:
                findings.append(Finding(kind=FindingKind.CAN_NOT_REPLAY, **ticket))
                continue
            silent = 0 if report is not None or row["closed_at"] is not None else silent + 1
            if report is not None and row["closed_at"] is None:
                one = await self._held_against(report, ticket)
                if one is None:
                    continue
                if one.kind is FindingKind.RECORD_BEHIND:
                    behind.append(ticket)
                else:
                    findings.append(one)
        findings += await self._still_behind(behind)
        over = len(rows) < batch.tickets
        done = ReconciliationBatch(
            at=datetime.now(UTC),
            compared=tuple(row["ticket_id"] for row in rows),
            round_over=over,
            swept=seen.whole and seen.failing_known,
            findings=tuple(findings),
        )
        total = await self._database.call(SqlFunction.RECORD_RECONCILIATION, done.model_dump_json())
        return Reconciled(compared=len(rows), round_over=over, findings=total)

    async def _record_changed(self, ticket: dict[str, Any]) -> list[Finding]:
        rows = await self._database.rows(SqlFunction.FIND_RECORD_DIFFERENCES, ticket["ticket_id"])
        if not rows:
            return []
        if rows[0]["table_name"] == "audit_events":  # why nothing could be compared
            return [Finding(kind=FindingKind.RECORD_CHANGED, detail=rows[0]["by_facts"], **ticket)]
        told = [" ".join(filter(None, (row["table_name"], row["row_name"], row["column_name"]))) for row in rows]
        more = f" and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
        return [Finding(kind=FindingKind.RECORD_CHANGED, detail=", ".join(told[:_TOLD]) + more, **ticket)]

    async def _ask(self, workflow_id: str) -> StatusReport | None:
        """Where a workflow stands by itself; None: it does not answer, which its other troubles explain.

        Raises:
            _CanNotReplayError: its history can't be replayed, though perhaps no task of it has failed yet.
        """
        try:
            async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
                handle = self._client.get_workflow_handle(workflow_id)
                report: StatusReport = await handle.query(STATUS_QUERY, result_type=StatusReport)
                return report
        except WorkflowQueryFailedError as failed:
            if NONDETERMINISM in str(failed):
                raise _CanNotReplayError from failed
            return None
        except (TimeoutError, RPCError):
            return None

    async def _held_against(self, report: StatusReport, ticket: dict[str, Any]) -> Finding | None:
        """The record against what the workflow said a moment ago. Written meanwhile, both are asked next time."""
        document = await self._database.call(SqlFunction.GET_TICKET, str(ticket["ticket_id"]))
        try:
            record = TicketRecord.parse(document)
        except UnreadableRecord as error:  # a newer version's, whose workers compare it
            log.warning("Ticket %s is not compared: %s", ticket["number"], error)
            return None
        stands_at = record.ticket.last_sequence
        if stands_at < report.sequence:
            return Finding(kind=FindingKind.RECORD_BEHIND, **ticket)
        if stands_at > report.sequence:
            again = await self._ask(ticket["workflow_id"])
            if again is None or again.sequence >= stands_at:
                return None
            detail = f"it stands at fact {again.sequence} and its record at {stands_at}: was it reset?"
            return Finding(kind=FindingKind.WORKFLOW_DIFFERS, detail=detail, **ticket)
        differs = unlike(report, record)
        return Finding(kind=FindingKind.WORKFLOW_DIFFERS, detail="; ".join(differs), **ticket) if differs else None

    async def _still_behind(self, tickets: list[dict[str, Any]]) -> list[Finding]:
        """Those of the tickets whose record stands where it stood, a while later."""
        if not tickets:
            return []
        before = await self._sequences(tickets)
        until = asyncio.get_running_loop().time() + self._catches_up.total_seconds()
        while (left := until - asyncio.get_running_loop().time()) > 0:
            _heartbeat("waiting for records to catch up")
            await asyncio.sleep(min(left, 5))
        after = await self._sequences(tickets)
        found = []
        for ticket in tickets:
            place = after.get(ticket["workflow_id"])
            if place is None or place != before.get(ticket["workflow_id"]):
                continue
            report = await self._ask(ticket["workflow_id"])
            if report is not None and report.sequence > place:
                detail = f"it stands at fact {report.sequence} and its record at {place}"
                found.append(Finding(kind=FindingKind.RECORD_BEHIND, detail=detail, **ticket))
        return found

    async def _sequences(self, tickets: list[dict[str, Any]]) -> dict[str, int]:
        rows = await self._database.rows(
            SqlFunction.TICKETS_OF_WORKFLOWS, [ticket["workflow_id"] for ticket in tickets]
        )
        return {row["workflow_id"]: row["last_sequence"] for row in rows}


def _needed(row: Json) -> bool:
    """Whether the ticket's workflow is needed: it is open, or may be reopened."""
    closed_at: datetime | None = row["closed_at"]
    return closed_at is None or closed_at > datetime.now(UTC) - REOPENED_WITHIN


def _heartbeat(place: str) -> None:
    if activity.in_activity():
        activity.heartbeat(place)
