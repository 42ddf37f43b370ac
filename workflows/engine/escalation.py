"""Who is told when a clock passes a threshold, and what a breach changes."""

from __future__ import annotations

from datetime import datetime

from models.contracts.facts import NotificationRaised, StageRef, SupportLevelRaised
from models.contracts.state import StageVisit
from models.contracts.tickets import TicketInput
from models.sla.clock import BREACH_PERCENT, Clock, Threshold
from models.vocabulary import Performer, Role, SupportLevel
from workflows.engine.clocks import AT_RISK_PERCENT
from workflows.engine.graph import StageGraph
from workflows.engine.story import Story
from workflows.engine.terms import Terms


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
                subject = f"{self._ticket.number}: {definition.name}"
                body = f"For {desk}: {self._unit()}. {self._ticket.description[:500]}"
                self._notify(at, Role.MANUFACTURER, None, subject, body)

    def tell(self, clock: Clock, threshold: Threshold) -> None:
        """Tell whom it concerns that `clock` has passed `threshold`; at 100 % raise the support level."""
        visit = self._graph.latest(clock.stage) if clock.stage is not None else None
        name = self._graph.definitions[clock.stage].name if clock.stage is not None else clock.name.capitalize()
        subject = f"{self._ticket.number}: {name} has used {threshold.percent} % of its {_span(clock)}"
        if threshold.percent < BREACH_PERCENT:
            recipient = Role.COORDINATOR if threshold.percent >= AT_RISK_PERCENT else Role.ENGINEER
            self._notify(threshold.at, recipient, None, subject, self._unit())
            return
        subject = f"{self._ticket.number}: {name} has breached its target of {_span(clock)}"
        self._notify(threshold.at, Role.COORDINATOR, None, subject, self._unit())
        if visit is None:
            level = max((one.support_level for one in self._graph.active()), default=SupportLevel.L1).above
        else:
            level = self._raise_level(visit, threshold.at)
        if level is not None:
            self._notify(threshold.at, Role.ENGINEER, level, subject, self._unit())

    def _raise_level(self, visit: StageVisit, at: datetime) -> SupportLevel | None:
        if self._graph.definitions[visit.key].performer is not Performer.ENGINEER:
            return None
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

    def _notify(self, at: datetime, recipient: Role, level: SupportLevel | None, subject: str, body: str) -> None:
        self._story.tell(NotificationRaised, at, recipient=recipient, level=level, subject=subject, body=body)

    def _unit(self) -> str:
        unit = self._ticket.unit
        return f"{unit.equipment_type} {unit.serial} at {unit.customer_name}, {unit.site_name}"


def _span(clock: Clock) -> str:
    hours = clock.current_target.total_seconds() / 3600
    return f"{hours:g} h"
