"""Who is told when a clock passes a threshold, and what a breach changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from models.contracts.facts import NotificationRaised, SupportLevelRaised
from models.contracts.notices import (
    BreachCorrected,
    LevelAsked,
    Notice,
    StageHandedOver,
    StageLeft,
    TargetBreached,
    TargetUsed,
    UnitNamed,
)
from models.contracts.state import StageVisit
from models.contracts.tickets import TicketInput
from models.contracts.told import StageRef
from models.sla.clock import BREACH_PERCENT, Clock, Threshold
from models.vocabulary import Performer, Role, SupportLevel
from workflows.engine.clocks import AT_RISK_PERCENT
from workflows.engine.graph import StageGraph
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.story import Story
from workflows.engine.terms import Terms

RECALLS = Recalls()


class _OfClock(TypedDict):
    """What every notice of a clock says."""

    number: str
    unit: UnitNamed
    clock: str
    name: str
    target: timedelta


class OfStage(TypedDict):
    """What every notice of a stage says."""

    number: str
    unit: UnitNamed
    stage: str
    visit: int
    name: str


class Escalation:
    """A breach tells the coordinator and the next support level, and raises the level that the stage needs from then
    on. It never stops the ticket. The response and resolution clocks tell, but only a stage's own clock raises its
    level: one late stage would otherwise be raised by each clock that it makes late.
    """

    def __init__(self, ticket: TicketInput, terms: Terms, graph: StageGraph, story: Story) -> None:
        self._ticket = ticket
        self._terms = terms
        self._graph = graph
        self._story = story

    def announce(self, entered: list[StageVisit], at: datetime) -> None:
        """Tell the manufacturer's desk about the stages that it has just been handed."""
        for visit in entered:
            definition = self._graph.definitions[visit.key]
            if definition.performer is Performer.MANUFACTURER:
                desk = self._terms.service.manufacturer_desk or self._ticket.unit.manufacturer
                handed_over = StageHandedOver(**self.of_stage(visit), desk=desk)
                self.notify(at, handed_over, Role.MANUFACTURER)

    def tell(self, clock: Clock, threshold: Threshold) -> None:
        """Tell whom it concerns that `clock` has passed `threshold`; at 100 % raise the support level."""
        name = self._graph.definitions[clock.stage].name if clock.stage is not None else clock.name.capitalize()
        of_clock = _OfClock(
            number=self._ticket.number, unit=self._unit(), clock=clock.name, name=name, target=clock.current_target
        )
        if threshold.percent < BREACH_PERCENT:
            recipient = Role.COORDINATOR if threshold.percent >= AT_RISK_PERCENT else Role.ENGINEER
            self.notify(threshold.at, TargetUsed(**of_clock, percent=threshold.percent), recipient)
            return
        breached = TargetBreached(**of_clock)
        self.notify(threshold.at, breached, Role.COORDINATOR)
        if clock.stage is None:
            level = max((one.support_level for one in self._graph.active()), default=SupportLevel.L1).above
        else:
            level = self._raise_level(self._graph.latest(clock.stage), threshold.at)
        if level is not None:
            self.notify(threshold.at, breached, Role.ENGINEER, level)

    def take_back(self, clock: Clock, at: datetime) -> None:
        """Tell whoever was told of a breach that there was none; a level that it has raised stays."""
        name = self._graph.definitions[clock.stage].name if clock.stage is not None else clock.name.capitalize()
        corrected = BreachCorrected(
            number=self._ticket.number, unit=self._unit(), clock=clock.name, name=name, target=clock.current_target
        )
        self.notify(at, corrected, Role.COORDINATOR)

    def raise_for(
        self, visit: StageVisit, level: SupportLevel, at: datetime, *, reason: str, note: str, by: str
    ) -> None:
        """Raise the level that a visit needs because somebody asks for it, and tell whom it concerns."""
        visit.support_level, visit.level_asked = level, True
        ref = StageRef(key=visit.key, visit=visit.visit)
        self._story.tell(SupportLevelRaised, at, stage=ref, level=level, asked=True, reason=reason, note=note)
        asked = LevelAsked(**self.of_stage(visit), level=level, by=by)
        self.notify(at, asked, Role.COORDINATOR)
        self.notify(at, asked, Role.ENGINEER, level)

    def tell_left(self, visit: StageVisit, code: str, at: datetime) -> None:
        """Tell a coordinator that the primary engineer has left a visit in progress."""
        self.notify(at, StageLeft(**self.of_stage(visit), engineer=code), Role.COORDINATOR)

    def of_stage(self, visit: StageVisit) -> OfStage:
        """What a notice of that visit says in any case."""
        name = self._graph.definitions[visit.key].name
        return OfStage(number=self._ticket.number, unit=self._unit(), stage=visit.key, visit=visit.visit, name=name)

    def _raise_level(self, visit: StageVisit, at: datetime) -> SupportLevel | None:
        if self._graph.definitions[visit.key].performer is not Performer.ENGINEER:
            return None
        if visit.level_asked:  # somebody asked for more than whoever is on it has: those of that level are told
            return visit.support_level
        level = visit.support_level.above
        if level is not None:
            visit.support_level = level
            self._story.tell(
                SupportLevelRaised,
                at,
                stage=StageRef(key=visit.key, visit=visit.visit),
                level=level,
                reason="Target breached",
            )
        return level

    def notify(self, at: datetime, notice: Notice, recipient: Role, level: SupportLevel | None = None) -> None:
        self._story.tell(NotificationRaised, self._story.known(at), recipient=recipient, level=level, notice=notice)

    def _unit(self) -> UnitNamed:
        unit = self._ticket.unit
        return UnitNamed(
            equipment_type=unit.equipment_type, serial=unit.serial, customer=unit.customer_name, site=unit.site_name
        )


@RECALLS.of(SupportLevelRaised)
def _support_level_raised(memory: Memory, fact: SupportLevelRaised) -> None:
    visit = memory.visit(fact.stage)
    visit.support_level, visit.level_asked = fact.level, visit.level_asked or fact.asked
