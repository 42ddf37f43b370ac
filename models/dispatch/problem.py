"""What a plan of visits is made from: engineers with their duties, visits with what they need, and what counts.

Times are whole seconds from the problem's `origin` on, which is when it was read; earlier is below zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from models.travel import Place, TravelModel
from models.vocabulary.people import SupportLevel
from models.vocabulary.tickets import Priority

Seconds = int
"""Whole seconds; of a moment: from the problem's origin on."""

Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Part(BaseModel):
    """A piece of a problem or a plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Part):
    """`[start, end)`."""

    start: Seconds
    end: Seconds

    @model_validator(mode="after")
    def _goes_forward(self) -> Span:
        if self.end < self.start:
            raise ValueError(f"the span from {self.start} to {self.end} ends before it starts")
        return self

    @property
    def length(self) -> Seconds:
        return self.end - self.start


class Skill(Part):
    """What an engineer can do on a type of equipment, of one make or (None) of any.

    Attributes:
        certification: that has to be held on the day of the work.
    """

    equipment_type: str
    manufacturer: str | None = None
    level: SupportLevel
    capabilities: frozenset[str] = frozenset()
    certification: str | None = None


class Certificate(Part):
    """Valid on the local days from `valid_from` to `valid_until` (None: without end), both included."""

    certification: str
    equipment_type: str | None = None
    manufacturer: str | None = None
    valid_from: date
    valid_until: date | None = None


class Duty(Part):
    """A stretch of work of one engineer: from home (or where they are now) back home.

    Attributes:
        breaks: nobody works or travels in them; a way may be interrupted by one, a visit may not.
        day: the engineer's local day on which it starts; certificates have to hold on it.
        utc_offset: of the engineer's zone at its start, in seconds, for the hour of the local day.
        begins_at: where the engineer is at its start, if that is not home: at a visit that is under way.
    """

    span: Span
    breaks: tuple[Span, ...] = ()
    day: date
    utc_offset: Seconds = 0
    begins_at: Place | None = None


class Engineer(Part):
    """Somebody who can be sent.

    Attributes:
        home: None: not on record, and every way from and to it is assumed.
        capacity: how many visits they may still be given within the horizon; None: as many as fit.
        duties: in order; absences and holidays are cut out already.
    """

    code: str
    name: str = ""
    level: SupportLevel = SupportLevel.L1
    home: Place | None = None
    skills: tuple[Skill, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    duties: tuple[Duty, ...] = ()
    capacity: Annotated[int, Field(ge=0)] | None = None


class Visit(Part):
    """Work of one stage of a ticket that has to be done at the unit.

    Attributes:
        key: names it in the plan: number of the ticket, stage, and which visit to the stage it is.
        windows: in which it may start and has to be done; a visit lies whole in one of them.
        deadline: when it has to be done (SLA); later is allowed and costs what the urgency says.
        priority: what serving it is worth (`Weights.drop`), and nothing else.
        urgency: seconds of travel that one second of lateness is worth; None: that of its priority.
        crew: how many engineers it takes, all at the same time.
        after: visits that have to be done before.
        ready_at: when the parts are there.
        pinned_engineer, pinned_start: what a person has decided, and the plan keeps.
        frozen: begins so soon that it is not moved any more; it has both pins then.
        present_engineer, present_start: what people and the last applied plan have agreed on.
    """

    key: str
    ticket: str = ""
    stage: str = ""
    customer: str = ""
    place: Place | None = None
    duration: Annotated[Seconds, Field(gt=0)]
    windows: tuple[Span, ...] = ()
    deadline: Seconds | None = None
    priority: Priority = Priority.P3
    urgency: Positive | None = None
    equipment_type: str
    manufacturer: str | None = None
    level: SupportLevel = SupportLevel.L1
    capabilities: frozenset[str] = frozenset()
    crew: Annotated[int, Field(ge=1, le=2)] = 1
    after: tuple[str, ...] = ()
    ready_at: Seconds = 0
    pinned_engineer: str | None = None
    pinned_start: Seconds | None = None
    frozen: bool = False
    present_engineer: str | None = None
    present_start: Seconds | None = None

    @model_validator(mode="after")
    def _frozen_is_pinned(self) -> Visit:
        if self.frozen and (self.pinned_engineer is None or self.pinned_start is None):
            raise ValueError(f"the frozen visit {self.key} has no engineer or no start: pin both")
        return self


DROPS: Final[Mapping[Priority, float]] = {
    Priority.P1: 100_000.0,
    Priority.P2: 40_000.0,
    Priority.P3: 12_000.0,
    Priority.P4: 6_000.0,
}
URGENCIES: Final[Mapping[Priority, float]] = {
    Priority.P1: 4.0,
    Priority.P2: 2.0,
    Priority.P3: 1.0,
    Priority.P4: 0.5,
}


class Weights(Part):
    """What counts, in seconds of travel: an objective of the trials' kind (travel + weighted drops + lateness).

    Attributes:
        drop: what leaving a visit out costs, by priority; a low one is never worth a detour of more than that.
        urgency: what a second of lateness costs, by priority, where the visit says nothing itself. What is left out is
            late until the horizon is over.
        stay: what it costs to give a visit to somebody else than its present engineer.
        moved_share: how large a share of the visits that have an engineer may move when a plan is made anew.
        change_bound: how much worse (as a share of the objective) a plan may be that keeps to `moved_share`: if it is
            worse than that, more visits move, and the plan says so.
    """

    travel: Positive = 1.0
    drop: dict[Priority, Positive] = Field(default_factory=lambda: dict(DROPS))
    urgency: dict[Priority, Positive] = Field(default_factory=lambda: dict(URGENCIES))
    stay: Positive = 600.0
    moved_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    change_bound: Positive = 0.1

    def of_drop(self, visit: Visit) -> float:
        return self.drop.get(visit.priority, 0.0)

    def of_lateness(self, visit: Visit) -> float:
        return self.urgency.get(visit.priority, 0.0) if visit.urgency is None else visit.urgency


class Problem(Part):
    """What a plan is made from.

    Attributes:
        origin: second zero; usually now.
        horizon: how far the plan looks, in seconds.
        assumptions: what was not on record and is taken to be so, as sentences.

    Raises:
        ValueError: two engineers or visits of one name.
    """

    origin: AwareDatetime
    horizon: Annotated[Seconds, Field(gt=0)]
    engineers: tuple[Engineer, ...] = ()
    visits: tuple[Visit, ...] = ()
    travel: TravelModel = TravelModel()
    weights: Weights = Field(default_factory=Weights)
    assumptions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Problem:
        for names in ([one.code for one in self.engineers], [one.key for one in self.visits]):
            twice = (
                next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
            )
            if twice is not None:
                raise ValueError(f"{twice} stands twice in the problem: name each engineer and each visit once")
        return self

    def at(self, second: Seconds) -> datetime:
        """The moment of a second."""
        return self.origin + timedelta(seconds=second)

    def second(self, at: datetime) -> Seconds:
        """The second of a moment, rounded down."""
        return (at - self.origin) // timedelta(seconds=1)
