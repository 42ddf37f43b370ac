"""The state of one ticket: what the workflow owns, serialisable whole so that continue-as-new can carry it over."""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from models.contracts.base import Actor, Command, Moment
from models.contracts.commands import Answer, CommandResult, EngineerRef
from models.contracts.facts import Fact
from models.contracts.proposals import DecidedDiagnosis, Proposed, ProposedDiagnosis, RecordedOutcome
from models.contracts.signatures import Signature
from models.contracts.templates import ServiceConfiguration
from models.sla.calendar import Calendar
from models.sla.clock import Clock
from models.vocabulary import Priority, StageOutcome, StageStatus, SupportLevel, TicketStatus
from models.vocabulary.ai import AiTask


class TaskAdvice(BaseModel):
    """What AI was asked for a visit as one task, and what came of it.

    Attributes:
        asked: whether an answer is there, or it is known that nobody gives one; until then it is asked.
        story: whom it was asked of, where nobody could answer, and why.
        flags: what was odd about the request, where nobody could answer.
        decision: what a person made of what was proposed.
    """

    asked: bool = False
    proposed: Proposed | None = None
    story: str = ""
    flags: tuple[str, ...] = ()
    decision: DecidedDiagnosis | None = None


class StageVisit(BaseModel):
    """One visit to one stage; a stage that is gone back to gets a further visit, and both stay on record."""

    key: str
    visit: Annotated[int, Field(ge=1)] = 1
    status: StageStatus = StageStatus.PENDING
    support_level: SupportLevel = SupportLevel.L1
    engineer: EngineerRef | None = None
    assigned_at: Moment | None = None
    """Since when the engineer is on it; unset: since it began."""
    entered_at: Moment | None = None
    finished_at: Moment | None = None
    finished_by: Actor | None = None
    outcome: StageOutcome | None = None
    reason: str = ""
    actions: dict[str, Answer] = Field(default_factory=dict)
    advice: dict[AiTask, TaskAdvice] = Field(default_factory=dict)
    """What AI was asked for, and what came of it, by task; what it was not asked for is not there."""
    verified: RecordedOutcome | None = None
    signature: Signature | None = None
    travel_started_at: Moment | None = None
    arrived_at: Moment | None = None

    @property
    def is_over(self) -> bool:
        return self.status in {StageStatus.COMPLETED, StageStatus.SKIPPED}

    @property
    def diagnosis(self) -> ProposedDiagnosis | None:
        """What AI proposed as the fault."""
        advice = self.advice.get(AiTask.DIAGNOSIS)
        found = advice.proposed if advice is not None else None
        return found if isinstance(found, ProposedDiagnosis) else None

    @property
    def decision(self) -> DecidedDiagnosis | None:
        """What a person decided on that."""
        advice = self.advice.get(AiTask.DIAGNOSIS)
        return advice.decision if advice is not None else None

    def advised(self, task: AiTask) -> TaskAdvice:
        """What there is of a task, to be changed."""
        return self.advice.setdefault(task, TaskAdvice())

    @model_validator(mode="before")
    @classmethod
    def _diagnosis_of_before(cls, given: Any) -> Any:
        """A visit from before AI's tasks stood apart has the state of one, the diagnosis, among its own."""
        if not isinstance(given, dict) or not given.keys() & _DIAGNOSIS_OF_BEFORE.keys():
            return given
        found = {new: given[old] for old, new in _DIAGNOSIS_OF_BEFORE.items() if given.get(old)}
        rest = {key: value for key, value in given.items() if key not in _DIAGNOSIS_OF_BEFORE}
        return {**rest, "advice": {AiTask.DIAGNOSIS: found}} if found else rest


_DIAGNOSIS_OF_BEFORE = {
    "asked_ai": "asked",
    "diagnosis": "proposed",
    "diagnosis_story": "story",
    "diagnosis_flags": "flags",
    "decision": "decision",
}
"""What the fields were called then."""


class ActiveHold(BaseModel):
    """One reason for which a ticket waits; a further request for the same reason is the same hold."""

    reason: str
    since: Moment
    resume_at: Moment
    owner: str
    asked_by: Actor
    approved_by: str | None = None
    approval: UUID | None = None


class Refusal(BaseModel):
    """Why a command was not applied, in words for the person who sent it, with the remedy."""

    message: str


class Reply(BaseModel):
    """What was answered to a command id, so that the same command is answered again and not applied again."""

    command_id: str
    answer: CommandResult | Refusal
    command: str = ""
    """What kind of command it was; unset in what was remembered before 2026-12."""
    actor: Actor | None = None
    digest: str = ""

    def is_to(self, command: Command) -> bool:
        """Whether it was given to this very command; an id says so alone where no more is known."""
        return self.command_id == command.command_id and self.digest in {"", command.digest}

    @property
    def belongs_to_another(self) -> str:
        """What is said to another command under this id."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.command).lower()
        return (
            f"The command id {self.command_id} belongs to another command ({words} by {self.actor}), so this one was "
            "not applied. Send it under an id of its own."
        )


class TicketState(BaseModel):
    """Everything that changes in a ticket."""

    status: TicketStatus = TicketStatus.OPEN
    opened_at: Moment
    ended_at: Moment | None = None
    end_reason: str = ""
    sequence: int = 0
    """Sequence number of the newest fact."""
    stored: int = 0
    """Sequence number up to which the projection is known to be written."""
    unstored: list[Fact] = Field(default_factory=list)
    latest: Moment | None = None
    """The instant of the newest fact."""
    visits: list[StageVisit] = Field(default_factory=list)
    clocks: dict[str, Clock] = Field(default_factory=dict)
    holds: list[ActiveHold] = Field(default_factory=list)
    """What the ticket waits for, by their beginning; a clock stands still as long as one of them pauses it."""
    holds_changed_at: Moment | None = None
    """When a hold began, was made to last longer, or ended last; what is told later of holds does not lie before."""
    priority: Priority | None = None
    """As it was changed to; unset: as reported."""
    service: ServiceConfiguration | None = None
    calendar: Calendar | None = None
    """As the contract was changed to; unset: as it was at intake."""
    reopened: int = 0
    replies: list[Reply] = Field(default_factory=list)
    misuses: list[str] = Field(default_factory=list)
    """Delivery ids of commands that came under another command's id; each is told once."""

    @model_validator(mode="before")
    @classmethod
    def _one_hold_of_before(cls, given: Any) -> Any:
        """A state from before revision 0016 has one hold at the most, and its owner is who asked for it."""
        if not isinstance(given, dict) or given.get("hold") is None:
            return given
        hold = given["hold"]
        return {**given, "holds": [{**hold, "owner": hold["owner"]["code"], "asked_by": hold["owner"]}]}
