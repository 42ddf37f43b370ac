"""What the standing of a ticket's workflow means for the ticket, in words and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.contracts.reconciliation import Finding, FindingKind
from models.records import RecordedTicket

if TYPE_CHECKING:
    from activities.reconciling.standing import Standing


def trouble(ticket: RecordedTicket, found: Standing | None) -> Finding | None:
    """What is wrong with a ticket's workflow; None where that goes on as the record says, or is not known."""
    if found is None or ticket.status.has_ended or (found.runs and not found.fails):
        return None
    kind, detail = (FindingKind.TASK_FAILS, found.why) if found.runs else (FindingKind.WORKFLOW_GONE, found.fate)
    return Finding(kind=kind, workflow_id=ticket.workflow_id, number=ticket.number, detail=detail)


def as_document(found: Standing | None) -> dict[str, Any] | None:
    """For programs: what Temporal says of the newest run."""
    if found is None:
        return None
    return {
        "status": found.status,
        "run_id": found.run_id,
        "began_at": found.began_at,
        "ended_at": found.ended_at,
        "can_go_on": found.runs and not found.fails,
        "problem": found.why if found.fails else None,
    }
