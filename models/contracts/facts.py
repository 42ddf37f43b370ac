"""Facts: what happened to a ticket, in order. The projection in Postgres is their fold, each applied exactly once.

A fact's `sequence` is its place in the ticket's story. `apply_ticket_facts()` applies a fact when it is the next one
and ignores it when it has been applied already; so a write may be repeated, and never counts twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, SerializerFunctionWrapHandler, TypeAdapter, model_serializer

from models.contracts.assigning import AssignmentWarning
from models.contracts.base import Actor, Message, Moment
from models.contracts.commands import Answer, EngineerRef
from models.contracts.notices import Notice
from models.contracts.proposals import DecidedDiagnosis, RecordedOutcome
from models.contracts.signatures import Signature
from models.contracts.templates import ServiceConfiguration
from models.identity import ClockId
from models.sla.calendar import Calendar
from models.vocabulary.ai import AiTask
from models.vocabulary.people import Role, SupportLevel
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState, Party
from models.vocabulary.stages import StageOutcome, StageStatus
from models.vocabulary.tickets import Priority, TicketStatus


class Answered(Message):
    """A command has been answered.

    Attributes:
        command: what kind of command it was.
        digest: of what was asked and by whom: its id belongs to that alone.
        message: the words; of a refusal they are the fact's reason, and not said twice.
    """

    command: str
    digest: str
    message: str = ""


class BaseFact(Message):
    """Something that happened.

    Attributes:
        at: when the ticket learned of it; never before the fact that it follows.
        happened_at: when it was, where that was before; it counts from then.
        claimed_at: when it was by what the command said, where that is not what counts.
        untaken: why that does not count; empty where it lay within what clocks may differ.
    """

    sequence: int
    at: Moment
    happened_at: Moment | None = None
    claimed_at: Moment | None = None
    untaken: str = ""
    actor: Actor
    command_id: str | None = None
    reason: str = ""
    answered: Answered | None = None
    """On the last fact of each command, so that it can be answered again from the record alone; facts of before have
    none."""

    @property
    def when(self) -> Moment:
        """When it was, and from when it counts."""
        return self.happened_at or self.at

    @property
    def words(self) -> str:
        """What has happened, in the few words that a timeline has room for; empty where it need not be said."""
        return ""

    @model_serializer(mode="wrap")
    def _as_before(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What was told as it happened is written as it was before anything could be told later."""
        said: dict[str, Any] = serialize(self)
        for name in ("happened_at", "claimed_at", "untaken", "lifted"):
            if not said.get(name):
                said.pop(name, None)
        return said


class RemarkedFact(BaseFact):
    """What a command left that has a reason, and may have a remark beside it.

    Attributes:
        note: the remark; facts of before have none.
    """

    note: str = ""


class StageRef(Message):
    key: str
    visit: int


class StageFinish(StageRef):
    """A visit that ended: completed with what was done, or skipped with the fact's reason.

    Attributes:
        by: whose doing it was, where it was not the fact's actor's: what is left out in consequence nobody left out.
            Facts of before do not say it.
    """

    status: StageStatus
    outcome: StageOutcome | None = None
    reason: str = ""
    actions: dict[str, Answer] = Field(default_factory=dict)
    diagnosis: DecidedDiagnosis | None = None
    proposed: UUID | None = None
    """The session of the diagnosis that AI had proposed by then; another one has come too late."""
    verified: RecordedOutcome | None = None
    signature: Signature | None = None
    by: Actor | None = None


class StageEntry(StageRef):
    """A visit that begins.

    Attributes:
        since: when, where that is not when the fact happened: whoever has to do it could not know before it came.
    """

    support_level: SupportLevel
    engineer: EngineerRef | None = None
    since: Moment | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        said: dict[str, Any] = serialize(self)
        if self.since is None:
            said.pop("since", None)
        return said


class StagesMoved(RemarkedFact):
    """Stages ended and stages began, in one step: `transition_to_next_stage()`.

    The remark on a stage that was completed is the reason of its finish.
    """

    kind: Literal["stages_moved"] = "stages_moved"
    finished: tuple[StageFinish, ...] = ()
    planned: tuple[StageRef, ...] = ()
    """Further visits that now stand pending."""
    entered: tuple[StageEntry, ...] = ()


class ReplacedEngineer(Message):
    """Whose place somebody takes, and on which stages."""

    engineer: EngineerRef
    stages: tuple[StageRef, ...]


class EngineerAssigned(BaseFact):
    """An engineer was put on stages.

    Attributes:
        replaced: who was on them before, each once; facts of before do not say it.
        warnings: what spoke against the engineer then; left out where nothing did, or nobody looked.
        anyway: whether somebody said that it is to be done all the same.
    """

    kind: Literal["engineer_assigned"] = "engineer_assigned"
    engineer: EngineerRef
    stages: tuple[StageRef, ...]
    replaced: tuple[ReplacedEngineer, ...] = ()
    warnings: tuple[AssignmentWarning, ...] = ()
    anyway: bool = False

    @model_serializer(mode="wrap")
    def _without_warnings(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Where nobody warned it is written as it was before anybody did."""
        said: dict[str, Any] = serialize(self)
        for name in ("warnings", "anyway"):
            if not said.get(name):
                said.pop(name, None)
        return said

    @property
    def words(self) -> str:
        instead = ", ".join(one.engineer.code for one in self.replaced)
        return f"{self.engineer.code} assigned{f' instead of {instead}' if instead else ''}"


class SupportLevelRaised(BaseFact):
    kind: Literal["support_level_raised"] = "support_level_raised"
    stage: StageRef
    level: SupportLevel


class ClockMoved(BaseFact):
    """One event of one SLA clock, with the clock's figures right after it."""

    kind: Literal["clock_moved"] = "clock_moved"
    clock_id: ClockId
    clock: ClockKind
    name: str
    stage: StageRef | None = None
    event: ClockEventKind
    percent: int | None = None
    target: timedelta
    elapsed: timedelta
    due_at: Moment | None
    state: ClockState
    counts_from: Moment | None = None
    standing: tuple[int, ...] | None = None
    """After a retarget: the thresholds that the clock is still beyond; unset: those that were reported before, too."""
    lifted: tuple[int, ...] | None = None
    """Of a correction: the thresholds that had been reported and that the clock, as it is known now, did not reach."""

    @property
    def words(self) -> str:
        if self.lifted:
            return f"{self.name} corrected: {', '.join(map(str, self.lifted))} % not reached"
        return f"{self.name} {self.percent} %" if self.percent is not None else ""


class TicketHeld(BaseFact):
    """A hold began, or one that there was goes on for longer (`merged`)."""

    kind: Literal["ticket_held"] = "ticket_held"
    hold_reason: str
    resume_at: Moment
    pauses_clocks: bool
    """Whether it pauses any."""
    pauses: tuple[ClockKind, ...] = ()
    party: Party | None = None
    owner: str = ""
    approved_by: str | None = None
    approval: UUID | None = None
    """Of `approvals`; unset: nobody with an account has approved it."""
    merged: bool = False
    reasons: tuple[str, ...] = ()
    """All for which the ticket waits now."""
    until: Moment | None = None
    """The latest of their resume dates: until then the ticket is on hold."""
    asked_until: Moment | None = None
    """What was asked for, where the hold that there is lasts longer."""

    @property
    def words(self) -> str:
        return f"on hold: {self.hold_reason}"


class TicketResumed(BaseFact):
    """One hold is over; the ticket goes on when no other one is left."""

    kind: Literal["ticket_resumed"] = "ticket_resumed"
    hold_reason: str
    left: tuple[str, ...] = ()
    """The reasons for which it goes on waiting."""
    until: Moment | None = None

    @property
    def words(self) -> str:
        return "resumed"


class PriorityChanged(RemarkedFact):
    kind: Literal["priority_changed"] = "priority_changed"
    priority: Priority

    @property
    def words(self) -> str:
        return f"priority {self.priority.value}"


class ContractChanged(RemarkedFact):
    kind: Literal["contract_changed"] = "contract_changed"
    service: ServiceConfiguration
    calendar: Calendar

    @property
    def words(self) -> str:
        return f"contract: {self.calendar.code}"


class TravelStarted(BaseFact):
    kind: Literal["travel_started"] = "travel_started"
    stage: StageRef

    @property
    def words(self) -> str:
        return "on the way"


class ArrivedOnSite(BaseFact):
    kind: Literal["arrived_on_site"] = "arrived_on_site"
    stage: StageRef

    @property
    def words(self) -> str:
        return "arrived on site"


class TicketReopened(RemarkedFact):
    kind: Literal["ticket_reopened"] = "ticket_reopened"
    reopened: int
    """How often by now."""

    @property
    def words(self) -> str:
        return "reopened"


class NotificationRaised(BaseFact):
    """Somebody has to know. `recipient` is a role; `level` narrows engineers to a support level.

    Attributes:
        notice: what there is to know; words are made of it where it is delivered.
        subject, body: the text that facts of before have instead.
    """

    kind: Literal["notification_raised"] = "notification_raised"
    recipient: Role
    level: SupportLevel | None = None
    notice: Notice | None = None
    subject: str | None = None
    body: str | None = None


class CommandRefused(BaseFact):
    kind: Literal["command_refused"] = "command_refused"
    command: str

    @property
    def words(self) -> str:
        return f"{self.command} refused"


class AiUnanswered(BaseFact):
    """AI was asked, nobody could answer, and the ticket goes on with people; `reason` says what was the last obstacle.

    Attributes:
        story: whom it was asked of: `diagnosis: openai 429 → nobody`.
        flags: what is odd about the request, such as `instructions_in_description`.
    """

    kind: Literal["ai_unanswered"] = "ai_unanswered"
    stage: StageRef
    task: AiTask
    story: str
    flags: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return f"{self.task.value}: no answer from AI"


class TicketRescued(BaseFact):
    """The ticket's run was broken, or was lost, and a further one goes on from the record.

    Attributes:
        ended_run: the run whose place it takes; empty where Temporal knew of none.
        found: how that run was found: `does not replay`, `terminated`, `not there`.
        recovered: commands that the lost run had taken and the record did not have, by their ids; they stand before it.
        unproved: in what the record contradicted itself when somebody went on all the same.
    """

    kind: Literal["ticket_rescued"] = "ticket_rescued"
    ended_run: str = ""
    found: str = ""
    recovered: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()


class TicketEnded(RemarkedFact):
    kind: Literal["ticket_ended"] = "ticket_ended"
    status: TicketStatus

    @property
    def words(self) -> str:
        return self.status.value


Fact = Annotated[
    StagesMoved
    | EngineerAssigned
    | SupportLevelRaised
    | ClockMoved
    | TicketHeld
    | TicketResumed
    | PriorityChanged
    | ContractChanged
    | TravelStarted
    | ArrivedOnSite
    | TicketReopened
    | NotificationRaised
    | CommandRefused
    | AiUnanswered
    | TicketRescued
    | TicketEnded,
    Field(discriminator="kind"),
]

FACTS: TypeAdapter[tuple[Fact, ...]] = TypeAdapter(tuple[Fact, ...])
"""To write facts as one JSON array."""
