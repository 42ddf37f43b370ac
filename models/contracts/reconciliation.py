"""What reconciling finds: where a ticket's workflow, its record and the audit trail do not say the same."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from models.contracts.base import Message, Moment


class FindingKind(StrEnum):
    """What may be wrong with a ticket, the worst first."""

    TASK_FAILS = "task_fails"
    WORKFLOW_GONE = "workflow_gone"
    CAN_NOT_REPLAY = "can_not_replay"
    RECORD_CHANGED = "record_changed"
    WORKFLOW_DIFFERS = "workflow_differs"
    RECORD_BEHIND = "record_behind"
    NOT_ON_RECORD = "not_on_record"
    STILL_RUNS = "still_runs"


SENTENCES = {
    FindingKind.TASK_FAILS: "it can't go on",
    FindingKind.WORKFLOW_GONE: "it is open on record and nothing runs for it",
    FindingKind.CAN_NOT_REPLAY: "it will not go on when it has to: its history can't be replayed by these workers",
    FindingKind.RECORD_CHANGED: "its record is not what its facts make of it",
    FindingKind.WORKFLOW_DIFFERS: "its record says something else than its workflow",
    FindingKind.RECORD_BEHIND: "its record is behind its workflow and does not catch up",
    FindingKind.NOT_ON_RECORD: "a workflow runs for it and it is not on record",
    FindingKind.STILL_RUNS: "it is over on record and its workflow still runs",
}

_RESCUE = "`fieldcare ticket rescue {name}`"
REMEDIES = {
    FindingKind.TASK_FAILS: _RESCUE,
    FindingKind.WORKFLOW_GONE: _RESCUE,
    FindingKind.CAN_NOT_REPLAY: _RESCUE,
    FindingKind.RECORD_CHANGED: "keep a copy of the database; `fieldcare audit verify --ticket {name}` tells all",
    FindingKind.WORKFLOW_DIFFERS: _RESCUE,
    FindingKind.RECORD_BEHIND: "look into the log of the workers for why the write fails",
    FindingKind.NOT_ON_RECORD: "look into the log of the workers for why it is not written; `fieldcare db doctor`",
    FindingKind.STILL_RUNS: "`fieldcare ticket show {name} --live` says what it waits for",
}


class Finding(Message):
    """One thing that is wrong with one ticket.

    Attributes:
        ticket_id: None where the ticket is not on record.
        detail: what exactly, without anything that people wrote.
    """

    kind: FindingKind
    workflow_id: str
    number: str | None = None
    ticket_id: UUID | None = None
    detail: str = ""

    @property
    def name(self) -> str:
        """What people call the ticket."""
        return self.number or self.workflow_id

    @property
    def sentence(self) -> str:
        """What is wrong, in words."""
        return SENTENCES[self.kind] + (f" ({self.detail})" if self.detail else "")

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.kind].format(name=self.name)


class ReconcileBatch(Message):
    """How much one run looks at.

    Attributes:
        tickets: whose record, trail and workflow are compared in full; the next run goes on after them.
    """

    tickets: int = 500


class Reconciled(Message):
    """What one run did."""

    compared: int
    """Tickets that were compared in full."""
    round_over: bool
    """Whether by now every ticket was compared since the round began."""
    findings: int
    """What is open after it, of this run and earlier ones."""


class ReconciliationBatch(Message):
    """What one run has looked at and found, for the record of reconciling.

    Attributes:
        compared: the tickets that were compared in full, in the order of their ids.
        round_over: there was none after them.
        swept: whether all tickets that are open or run were looked at for what shows at a glance.
    """

    at: Moment
    compared: tuple[UUID, ...]
    round_over: bool
    swept: bool
    findings: tuple[Finding, ...]
