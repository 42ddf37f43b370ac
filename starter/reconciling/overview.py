"""What is wrong with tickets at this moment: what shows at a glance, and what reconciling found last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import Client

from activities.reconciling.glance import glance
from models.contracts.reconciliation import Finding, FindingKind
from models.database import Database
from models.sql_functions import SqlFunction

AT_A_GLANCE = frozenset(
    {FindingKind.TASK_FAILS, FindingKind.WORKFLOW_GONE, FindingKind.NOT_ON_RECORD, FindingKind.STILL_RUNS}
)
"""What is seen anew whenever somebody asks; of the rest the newest reconciliation tells."""

MOST = 10_000
"""Findings that are read."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reconciling has come; see `get_reconciliation()`."""

    newest_batch_at: datetime | None
    compared_since: datetime | None
    in_round: int | None

    def age(self, now: datetime) -> timedelta | None:
        """The longest that any ticket may have waited to be compared; None: no round was finished yet."""
        return None if self.compared_since is None else now - self.compared_since


@dataclass(slots=True)
class Overview:
    """What was seen.

    Attributes:
        open: tickets that are open on record; None: not counted.
        whole: whether all that is open or runs was looked at.
        failing_known: whether this Temporal says whose task fails.
    """

    open: int | None = None
    whole: bool = True
    failing_known: bool = True
    findings: list[Finding] = field(default_factory=list)
    progress: Progress = field(default_factory=lambda: Progress(None, None, None))

    def of(self, kind: FindingKind) -> list[Finding]:
        return [one for one in self.findings if one.kind is kind]

    def counts(self) -> dict[str, int]:
        """How many of each kind, those that nobody has included."""
        return {kind.value: len(self.of(kind)) for kind in FindingKind}


async def look(client: Client, database: Database) -> Overview:
    """Look at all tickets now.

    Raises:
        RPCError: Temporal does not answer.
        DatabaseUnavailable: the database does not.
    """
    seen = await glance(client, database)
    known = await stored(database)
    older = [
        one
        for one in known.findings
        if one.kind not in AT_A_GLANCE or (one.kind is FindingKind.TASK_FAILS and not seen.failing_known)
    ]
    order = list(FindingKind)
    findings = sorted([*seen.findings, *older], key=lambda one: order.index(one.kind))
    return Overview(seen.open, seen.whole, seen.failing_known, findings, known.progress)


async def stored(database: Database) -> Overview:
    """What reconciling found last, without asking Temporal."""
    rows = await database.rows(SqlFunction.OPEN_FINDINGS, MOST)
    [progress] = await database.rows(SqlFunction.GET_RECONCILIATION)
    return Overview(findings=[Finding.model_validate(_message(row)) for row in rows], progress=_progress(progress))


def _message(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ("kind", "workflow_id", "number", "ticket_id", "detail")}


def _progress(row: Any) -> Progress:
    return Progress(row["newest_batch_at"], row["compared_since"], row["in_round"])
