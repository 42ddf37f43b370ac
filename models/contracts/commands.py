"""What people may do to a running ticket, and what they are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from models.contracts.assigning import AssignmentWarning
from models.contracts.base import Command, Message, Moment, Name, NamedMoment, Slug, Text
from models.contracts.proposals import DiagnosisDecision, VerifiedOutcome
from models.contracts.signatures import Signature
from models.contracts.templates import ServiceConfiguration
from models.instants import in_utc
from models.sla.calendar import Calendar
from models.vocabulary.people import SupportLevel
from models.vocabulary.stages import StageOutcome
from models.vocabulary.tickets import Priority, TicketStatus

Answer = bool | int | Annotated[str, Field(max_length=20_000)]
"""An answer to a required action: a tick, a rating, or a text."""


class OpenTicket(Message):
    """The update that comes with the start; it is answered when the ticket is stored."""

    command_id: str


class EngineerRef(Message):
    """An engineer as the registry knows them; read from the database, never made up by a caller."""

    engineer_id: UUID
    code: str
    name: str
    support_level: SupportLevel


class ToldLater(Command):
    """What somebody may say after it happened, from where there was no network.

    Attributes:
        happened_at: when it was; unset: as it comes. The ticket takes it within the limits of its template
            (`workflows.engine.lateness`), and has both times on record.
    """

    happened_at: Moment | None = None

    @field_validator("happened_at", mode="after")
    @classmethod
    def _in_utc(cls, at: Moment | None) -> Moment | None:
        return None if at is None else in_utc(at)


class AssignEngineer(ToldLater):
    """Put an engineer on a stage, or on every open stage that the engineer's level covers.

    What speaks against them is warned of; what is serious is refused, unless `anyway` says that it is to be done all
    the same, with why in the remark. `engineer` is what the registry has of them, and `warnings` what speaks against
    them, both looked up by whoever sends this; unset, the ticket looks for itself.
    """

    update = "assign_engineer"
    description = "Put an engineer on one stage or on all open ones"
    leaves = "engineer_assigned"
    looked_up = frozenset({"engineer", "warnings"})

    engineer_code: Name
    stage: str | None = None
    engineer: EngineerRef | None = None
    anyway: bool = False
    warnings: Annotated[tuple[AssignmentWarning, ...], Field(max_length=20)] | None = None

    @field_validator("engineer", mode="after")
    @classmethod
    def _is_the_one(cls, engineer: EngineerRef | None, info: ValidationInfo) -> EngineerRef | None:
        if engineer is not None and engineer.code != info.data.get("engineer_code"):
            raise ValueError("the engineer is not the one whose code is given")
        return engineer


class CompleteStage(ToldLater):
    """A stage's work is done. `actions` answers the stage's required actions by their keys."""

    update = "complete_stage"
    description = "A stage's work is done"
    leaves = "stages_moved"
    looked_up = frozenset({"signature"})

    stage: str
    outcome: StageOutcome = StageOutcome.DONE
    actions: dict[str, Answer] = Field(default_factory=dict, max_length=200)
    return_to: str | None = None
    """With the outcome test_failed: the stage to go back to; the same stage if unset."""
    diagnosis: DiagnosisDecision | None = None
    """What becomes of the diagnosis that AI proposed. An accepted one is the diagnosis summary, if none is given."""
    verified: VerifiedOutcome | None = None
    """At sign-off: what the fault proved to be, and whether AI was right."""
    signature: Signature | None = None
    """At sign-off: of who takes the unit back, made where they sign (`starter.signing`) and brought by nobody else. It
    answers what the template asks for as a signature."""


SAY_ANYWAY = "If it is to be done all the same, say so, and say why."
"""How the refusal of an engineer ends against whom something serious speaks: fronts say how."""

SAY_WHO_APPROVED = "Say who approved it."
"""How the refusal of a hold ends that lacks the approval of somebody: fronts say how."""


class Hold(ToldLater):
    """Put the ticket on hold. Which clocks pause follows from the reason; it resumes by itself at `resume_at`.

    A ticket that is on hold already stays so until the latest resume date of all its holds.
    """

    update = "hold"
    description = "Put the ticket on hold until a date"
    leaves = "ticket_held"
    looked_up = frozenset({"approval"})

    reason: Slug
    resume_at: NamedMoment | None = None
    lasts: timedelta | None = None
    """Instead of a date: so long from when the ticket takes it. Neither: `DEFAULT_HOLD`. No wait is without an end."""
    approved_by: Name | None = None
    approval: UUID | None = None
    """Where they have an account: that they have approved it, looked up by whoever sends this."""
    owner: Name | None = None
    """Who looks after it; unset: who asks for it."""


class Resume(ToldLater):
    """Take the ticket off hold before its resume date."""

    update = "resume"
    description = "Take the ticket off hold"
    leaves = "ticket_resumed"


class ChangePriority(Command):
    """Another priority: the targets become those of it, from the report on, and pauses are carried over."""

    update = "change_priority"
    description = "Another priority; targets count from the report on"
    leaves = "priority_changed"

    priority: Priority
    reason: Text


class ChangeContract(Command):
    """Other terms of service: targets and calendar become those of them, from the report on; pauses are carried over.

    `service` and `calendar` are what the database agrees on now, read by whoever sends this.
    """

    update = "change_contract"
    description = "Other terms of service, from the report on"
    leaves = "contract_changed"

    looked_up = frozenset({"service", "calendar"})

    service: ServiceConfiguration
    calendar: Calendar
    reason: Text


class StartTravel(ToldLater):
    """An engineer sets out for the unit. Unset, `stage` is the stage on site that is in progress."""

    update = "start_travel"
    description = "An engineer sets out for the unit"
    leaves = "travel_started"

    stage: str | None = None


class ArriveOnSite(ToldLater):
    """An engineer has arrived at the unit. Unset, `stage` is the stage on site that is in progress."""

    update = "arrive_on_site"
    description = "An engineer has arrived at the unit"
    leaves = "arrived_on_site"

    stage: str | None = None


class Reopen(Command):
    """Take up a closed ticket again: a further visit to `return_to` and to what comes after it.

    Unset, it returns to the first stage.
    """

    update = "reopen"
    description = "Take up a closed ticket again; it comes with the start of a run"
    leaves = "ticket_reopened"

    reason: Text
    return_to: str | None = None


class SkipStage(Command):
    """Leave a stage out, with the reason that the record shows."""

    update = "skip_stage"
    description = "Leave a stage out, with a reason"
    leaves = "stages_moved"

    stage: str
    reason: Text


class Cancel(Command):
    """End the ticket without sign-off."""

    update = "cancel"
    description = "End the ticket without sign-off"
    leaves = "ticket_ended"

    reason: Text


COMMANDS: tuple[type[Command], ...] = (
    AssignEngineer,
    CompleteStage,
    SkipStage,
    Hold,
    Resume,
    ChangePriority,
    ChangeContract,
    StartTravel,
    ArriveOnSite,
    Reopen,
    Cancel,
)
"""All of them: a ticket takes each as the update that it names, and nothing else."""


class CommandResult(Message):
    """The answer to an applied command: where the ticket stands now."""

    number: str
    command_id: str
    applied_at: Moment
    ticket_status: TicketStatus
    active_stages: tuple[str, ...]
    message: str
    warnings: tuple[str, ...] = ()
    """What speaks against what was done, each a sentence."""


DEFAULT_HOLD = timedelta(hours=24)
LONGEST_HOLD = timedelta(days=180)
