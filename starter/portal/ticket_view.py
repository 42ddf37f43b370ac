"""What the page of a ticket shows, in the order in which whoever goes there needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from starlette.datastructures import FormData

from models.access import Action
from models.contracts.templates import HoldRule, StageDefinition
from models.principals import Principal
from models.records import (
    DiagnosisOnRecord,
    RecommendationOnRecord,
    RecordedAssignment,
    RecordedClock,
    RecordedStage,
    TicketRecord,
)
from models.vocabulary.accounts import AccountRole
from models.vocabulary.ai import DiagnosisStatus, EngineerOutcome
from models.vocabulary.sla import ClockState
from models.vocabulary.stages import AssignmentStatus, StageOutcome, StageStatus, StageType
from models.vocabulary.tickets import TicketStatus
from starter.accounts.approving import GivenApproval, Standing
from starter.portal.commands import FORMS, TAKE
from starter.portal.forms import entry, texts
from starter.reading.actions import outcomes
from starter.reading.dangers import harm_words, is_critical, power_off
from starter.reading.diagnoses import least_confidence

APPROVE = "approve"
"""The form by which somebody approves what somebody else then does."""

ACTIONS = (
    *(kind.__name__ for kind in FORMS.values()),
    *(one.value for one in (Action.TAKE, Action.APPROVE, Action.APPROVALS, Action.SIGNING_LINK)),
)
"""What a ticket's page may have a form for."""

OF_A_STAGE = frozenset({"complete_stage", "start_travel", "arrive_on_site"})
"""Forms that there are for each stage in progress."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A form that was refused: why, and what was typed into it.

    Attributes:
        same: whether it is to be sent again under the same command id, because nobody knows whether it was done.
    """

    form: str
    typed: FormData
    failure: str
    remedies: list[str]
    same: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What the forms of a page hold: what was typed, where a form was refused."""

    trouble: Trouble | None = None

    @property
    def stage(self) -> str:
        """The stage that the refused form was about."""
        return "" if self.trouble is None or self.trouble.form not in OF_A_STAGE else entry(self.trouble.typed, "stage")

    def is_of(self, form: str, stage: str = "") -> bool:
        """Whether it is that form which was refused."""
        trouble = self.trouble
        return trouble is not None and trouble.form == form and (not stage or entry(trouble.typed, "stage") == stage)

    def value(self, form: str, stage: str, name: str, otherwise: str = "") -> str:
        """What a field holds."""
        if not self.is_of(form, stage) or self.trouble is None:
            return otherwise
        return entry(self.trouble.typed, name)

    def has(self, form: str, stage: str, name: str, value: str) -> bool:
        """Whether something is ticked."""
        return self.is_of(form, stage) and self.trouble is not None and value in texts(self.trouble.typed, name)

    def command_id(self, form: str, stage: str = "") -> str:
        """The command id of a form: pressed twice, it is one command."""
        if self.trouble is not None and self.trouble.same and self.is_of(form, stage):
            return entry(self.trouble.typed, "command_id")
        return str(uuid4())


@dataclass(frozen=True, slots=True)
class Job:
    """A stage that is in progress, and what there is to do for it.

    Attributes:
        proposed: the diagnosis that whoever completes it decides on.
        judged: at sign-off, the newest diagnosis: whether it proved right is said then.
        travels: whether the work is done at the unit.
        back_to: the stages that a failed test may send it back to.
    """

    stage: RecordedStage
    definition: StageDefinition | None
    on_it: tuple[RecordedAssignment, ...]
    is_mine: bool
    outcomes: tuple[StageOutcome, ...]
    proposed: DiagnosisOnRecord | None
    judged: DiagnosisOnRecord | None
    is_last: bool
    travels: bool
    back_to: tuple[StageDefinition, ...]


@dataclass(frozen=True, slots=True)
class TicketView:
    """Everything that the page of a ticket shows beside its record."""

    record: TicketRecord
    may: frozenset[str]
    jobs: tuple[Job, ...]
    reasons: tuple[HoldRule, ...]
    typed: Typed
    engineers: tuple[str, ...]
    signs_only: bool
    """Whether whoever looks completes nothing but the sign-off: a hospital's is theirs."""
    power_off: str | None
    harm: tuple[str, ...]
    is_critical: bool
    clocks: tuple[RecordedClock, ...]
    diagnoses: tuple[DiagnosisOnRecord, ...]
    least: Mapping[str, float]
    uncertain: frozenset[str] = field(default=frozenset())
    approvals: tuple[GivenApproval, ...] = ()
    me: str = ""
    """The code of the account that looks."""

    @property
    def is_over(self) -> bool:
        return self.record.ticket.status.has_ended

    @property
    def waits(self) -> bool:
        return self.record.ticket.status is TicketStatus.ON_HOLD

    @property
    def may_take(self) -> bool:
        """Whether whoever looks can put themselves on it, and is not on it."""
        return Action.TAKE.value in self.may and not self.is_over and not any(one.is_mine for one in self.jobs)

    def can(self, form: str) -> bool:
        """Whether there is a form of that name."""
        if form == TAKE:
            return self.may_take
        if form == APPROVE:
            return Action.APPROVE.value in self.may
        return FORMS[form].__name__ in self.may

    def shows(self, form: str, stage: str) -> bool:
        """Whether the page has a form, so that somebody may go on where they were refused."""
        if form in OF_A_STAGE and stage not in {one.stage.stage_key for one in self.jobs}:
            return False
        return self.can(form)

    @property
    def sends_links(self) -> bool:
        """Whether whoever looks may send somebody a link by which they sign."""
        return Action.SIGNING_LINK.value in self.may and not self.is_over

    @property
    def to_approve(self) -> tuple[HoldRule, ...]:
        """The reasons to wait that somebody has to approve."""
        return tuple(one for one in self.reasons if one.needs_approval)

    @property
    def usable_approvals(self) -> tuple[GivenApproval, ...] | None:
        """What somebody else has approved and nobody has used; None: whoever looks is not shown approvals."""
        if Action.APPROVALS.value not in self.may:
            return None
        return tuple(one for one in self.approvals if one.standing is Standing.OPEN and one.approved_by != self.me)

    @property
    def recommended(self) -> Mapping[str, list[RecommendationOnRecord]]:
        """What AI said of engineers whom it recommends for what is in progress, by their codes."""
        under_way = {(one.stage.stage_key, one.stage.visit) for one in self.jobs}
        found: dict[str, list[RecommendationOnRecord]] = {}
        for one in self.record.recommendations:
            if (one.stage_key, one.visit) in under_way and one.outcome is not EngineerOutcome.SUPERSEDED:
                found.setdefault(one.engineer_code, []).append(one)
        return found

    @property
    def names(self) -> Mapping[str, str]:
        """The stages' names by their keys."""
        return {stage.stage_key: stage.name for stage in self.record.stages}


def view_of(
    record: TicketRecord,
    principal: Principal,
    may: frozenset[str],
    reasons: tuple[HoldRule, ...],
    trouble: Trouble | None = None,
    *,
    approvals: tuple[GivenApproval, ...] = (),
) -> TicketView:
    """What the page shows to somebody.

    Args:
        may: the actions that are open to them.
    """
    mine = frozenset(one.engineer for one in principal.grants if one.engineer is not None)
    jobs = tuple(_jobs(record, mine))
    diagnoses = tuple(one for one in reversed(record.diagnoses) if one.status is not DiagnosisStatus.SUPERSEDED)
    least = {str(one.diagnosis_id): least_confidence(record, one.stage_key) for one in diagnoses}
    return TicketView(
        record=record,
        may=may,
        jobs=jobs,
        reasons=reasons,
        typed=Typed(trouble),
        engineers=tuple(dict.fromkeys(one.engineer_code for job in jobs for one in job.on_it)),
        signs_only={one.role for one in principal.grants} == {AccountRole.HOSPITAL},
        power_off=power_off(record),
        harm=harm_words(record.ticket.description),
        is_critical=is_critical(record),
        clocks=tuple(sorted(record.clocks, key=_urgency)),
        diagnoses=diagnoses,
        least=least,
        approvals=approvals,
        me=principal.code,
        uncertain=frozenset(
            str(one.diagnosis_id) for one in diagnoses if float(one.confidence) < least[str(one.diagnosis_id)]
        ),
    )


def _jobs(record: TicketRecord, mine: frozenset[str]) -> Iterator[Job]:
    definitions = {one.key: one for one in record.stage_definitions}
    for stage in record.stages:
        if stage.status is not StageStatus.IN_PROGRESS or record.ticket.status.has_ended:
            continue
        definition = definitions.get(stage.stage_key)
        on_it = tuple(one for one in stage.assignments if one.status is AssignmentStatus.ACTIVE)
        proposed = next(
            (
                one
                for one in reversed(record.diagnoses)
                if (one.stage_key, one.visit) == (stage.stage_key, stage.visit)
                and one.status is DiagnosisStatus.PROPOSED
            ),
            None,
        )
        possible = outcomes(stage.stage_type)
        last = stage.stage_type is StageType.COMPLETION
        back = StageOutcome.TEST_FAILED in possible
        yield Job(
            stage=stage,
            definition=definition,
            on_it=on_it,
            is_mine=any(one.engineer_code in mine for one in on_it),
            outcomes=possible,
            proposed=proposed,
            judged=record.diagnoses[-1] if last and record.diagnoses else None,
            is_last=last,
            travels=definition is not None and definition.on_site,
            back_to=tuple(one for one in record.stage_definitions if back and one.position <= stage.position),
        )


def _urgency(clock: RecordedClock) -> tuple[bool, bool, str]:
    """What runs first, the nearest deadline first."""
    runs = clock.ended_at is None and clock.state in {ClockState.RUNNING, ClockState.BREACHED, ClockState.PAUSED}
    return not runs, clock.due_at is None, clock.due_at.isoformat() if clock.due_at else clock.name
