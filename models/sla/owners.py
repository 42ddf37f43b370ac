"""Whose time it is while business goes on: a ticket's facts folded into what that depends on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.contracts.facts import (
    ArrivedOnSite,
    ContractChanged,
    EngineerAssigned,
    Fact,
    StagesMoved,
    TicketEnded,
    TicketHeld,
    TicketReopened,
    TicketResumed,
    TravelStarted,
)
from models.contracts.templates import HOLD_RULES, StageDefinition
from models.contracts.told import StageRef
from models.sla.calendar import Calendar
from models.vocabulary.sla import Party, TimeOwner
from models.vocabulary.stages import Performer, StageType

LedgerFact = (
    StagesMoved
    | EngineerAssigned
    | TicketHeld
    | TicketResumed
    | ContractChanged
    | TravelStarted
    | ArrivedOnSite
    | TicketReopened
    | TicketEnded
)
"""The facts that can change whose time it is."""

LEDGER_FACTS = frozenset(kind.model_fields["kind"].default for kind in get_args(LedgerFact))
"""Their kinds, as the audit trail names its actions."""

Visit = tuple[str, int]
"""A stage's key and the number of the visit."""


class LedgerError(ValueError):
    """There is nothing to account for, or the facts do not fit the stages."""


class Because(StrEnum):
    """What kind of cause an entry has."""

    STAGE = "stage"
    UNASSIGNED = "unassigned"
    """A stage that waits for an engineer to be assigned, and whose party the template does not say."""
    HOLD = "hold"
    JOURNEY = "journey"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    IN_USE = "in_use"
    NO_STAGE = "no_stage"


class LedgerEntry(BaseModel):
    """The time `[start, end)`, longer than nothing, all of it one owner's for one cause.

    Attributes:
        cause: a stage's key (with `#2` on its second visit, as its clock is named), the reason of a hold, the name of a
            holiday, or words.
    """

    model_config = ConfigDict(frozen=True)

    start: AwareDatetime
    end: AwareDatetime
    owner: TimeOwner
    because: Because
    cause: str

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def stage_owner(definition: StageDefinition, assigned: bool) -> TimeOwner:
    """Whose time a stage is while it can go on: what the template says, else by who performs it and what it is.

    Args:
        assigned: whether an engineer is on it.
    """
    if definition.party is not None:
        return TimeOwner(definition.party.value)
    if _lacks_engineer(definition, assigned):
        return TimeOwner.TRIAGE
    if definition.stage_type is StageType.PROCUREMENT:
        return TimeOwner.PARTS
    if definition.performer is not Performer.ENGINEER:
        return TimeOwner.MANUFACTURER if definition.performer is Performer.MANUFACTURER else TimeOwner.TRIAGE
    return TimeOwner.HOSPITAL if definition.stage_type is StageType.COMPLETION else TimeOwner.ENGINEER


class Owners:
    """Where a ticket stands while its facts are read, and whose time it was up to there.

    Attributes:
        edge: up to where it is accounted for.
        ended: whether the ticket is over, since the edge.
        spans: as if no calendar ever closed; in order, without gaps.
        calendars: each with the instant since which it is in force.
    """

    def __init__(self, stages: Sequence[StageDefinition], calendar: Calendar, start: datetime) -> None:
        in_order = sorted(stages, key=lambda one: one.position)
        self._places = {definition.key: (place, definition) for place, definition in enumerate(in_order)}
        self.calendars = [(start, calendar)]
        self.spans: list[LedgerEntry] = []
        self._active: set[Visit] = set()
        self._assigned: set[Visit] = set()
        # Both in the order in which they began.
        self._holds: dict[str, tuple[TimeOwner, datetime]] = {}
        self._journeys: dict[Visit, None] = {}
        self.edge = start
        self.ended = False

    def apply(self, fact: Fact) -> None:
        """Account for the time up to the next fact, and let it change what comes after.

        Raises:
            LedgerError: it enters a stage that is not among the ticket's.
        """
        if self.ended:
            if isinstance(fact, TicketReopened):
                self._span(max(fact.when, self.edge), TimeOwner.IN_USE, Because.IN_USE, "in use")
                self.ended = False
            return
        if not isinstance(fact, LedgerFact):
            return
        self.go_on(fact.when)
        match fact:
            case StagesMoved():
                self._move(fact)
            case EngineerAssigned():
                self._assigned.update(_visit(one) for one in fact.stages)
            case TicketHeld():
                # A hold that is made longer stays where it began.
                self._holds[fact.hold_reason] = (_hold_owner(fact), fact.resume_at.astimezone(UTC))
            case TicketResumed():
                self._holds.pop(fact.hold_reason, None)
            case ContractChanged():
                self.calendars.append((self.edge, fact.calendar))
            case TravelStarted():
                self._journeys.setdefault(_visit(fact.stage))
            case ArrivedOnSite():
                self._journeys.pop(_visit(fact.stage), None)
            case TicketEnded():
                self._holds, self._journeys, self._active, self.ended = {}, {}, set(), True
            case TicketReopened():
                pass

    def go_on(self, until: datetime) -> None:
        """Account for the time until then; holds whose resume date comes by end on the way."""
        while True:
            self._holds = {reason: hold for reason, hold in self._holds.items() if hold[1] > self.edge}
            if self.edge >= until:
                return
            self._span(min([until, *(resume_at for _, resume_at in self._holds.values())]), *self._owner())

    def _move(self, fact: StagesMoved) -> None:
        for one in fact.finished:
            self._active.discard(_visit(one))
            self._journeys.pop(_visit(one), None)
        for entry in fact.entered:
            if entry.key not in self._places:
                raise LedgerError(f"the ticket entered the stage {entry.key}, which its template does not have")
            self._active.add(_visit(entry))
            if entry.engineer is not None:
                self._assigned.add(_visit(entry))

    def _owner(self) -> tuple[TimeOwner, Because, str]:
        for reason, (owner, _) in self._holds.items():
            return owner, Because.HOLD, reason
        for visit in self._journeys:
            if visit in self._active:
                return TimeOwner.TRANSPORT, Because.JOURNEY, _named(visit)
        if not self._active:
            return TimeOwner.TRIAGE, Because.NO_STAGE, "no stage"
        visit = min(self._active, key=lambda one: (self._places[one[0]][0], one[1]))
        _, definition = self._places[visit[0]]
        assigned = visit in self._assigned
        because = Because.UNASSIGNED if _lacks_engineer(definition, assigned) else Because.STAGE
        return stage_owner(definition, assigned), because, _named(visit)

    def _span(self, end: datetime, owner: TimeOwner, because: Because, cause: str) -> None:
        end = end.astimezone(UTC)
        if self.edge < end:
            self.spans.append(LedgerEntry(start=self.edge, end=end, owner=owner, because=because, cause=cause))
            self.edge = end


def _visit(reference: StageRef) -> Visit:
    return reference.key, reference.visit


def _named(visit: Visit) -> str:
    key, number = visit
    return key if number == 1 else f"{key}#{number}"


def _lacks_engineer(definition: StageDefinition, assigned: bool) -> bool:
    return definition.party is None and definition.performer is Performer.ENGINEER and not assigned


def _hold_owner(fact: TicketHeld) -> TimeOwner:
    """Facts from before reasons had parties say none: then those of the program hold."""
    known = {rule.reason: rule.party for rule in HOLD_RULES}
    return TimeOwner((fact.party or known.get(fact.hold_reason, Party.TRIAGE)).value)
