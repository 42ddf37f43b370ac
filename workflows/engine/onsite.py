"""Journeys to the unit, and arrivals there."""

from __future__ import annotations

from datetime import datetime

from models.contracts.commands import ArriveOnSite, StartTravel
from models.contracts.facts import ArrivedOnSite, TravelStarted
from models.contracts.state import StageVisit
from models.contracts.told import StageRef
from models.vocabulary.people import Role
from workflows.engine.checks import Checks
from workflows.engine.clocks import ARRIVAL, ClockBoard
from workflows.engine.graph import StageGraph
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.refusal import RefusedError
from workflows.engine.rules import Rules
from workflows.engine.story import Story

RECALLS = Recalls()


class OnSite:
    def __init__(self, graph: StageGraph, checks: Checks, clocks: ClockBoard, story: Story) -> None:
        self._graph = graph
        self._checks = checks
        self._clocks = clocks
        self._story = story

    def say(self, rules: Rules) -> None:
        rules.add(StartTravel, self._set_out, self._check_shape)
        rules.add(ArriveOnSite, self._arrive, self._check_shape)

    def _check_shape(self, command: StartTravel | ArriveOnSite, _: datetime) -> None:
        self._checks.known(command.stage)

    def _set_out(self, command: StartTravel, now: datetime) -> str:
        """Somebody is on the way.

        Raises:
            RefusedError: they are already, or have arrived.
        """
        visit = self._visit(command)
        name = self._graph.definitions[visit.key].name
        self._not_arrived(visit, name)
        if visit.travel_started_at is not None:
            raise RefusedError(
                f"The journey for {name} began at {self._checks.when(visit.travel_started_at)} already. "
                "Report the arrival next."
            )
        visit.travel_started_at = now
        self._story.tell(TravelStarted, now, stage=StageRef(key=visit.key, visit=visit.visit), reason=command.note)
        self._clocks.answered_by(command.actor, now)
        return f"On the way for {name}."

    def _arrive(self, command: ArriveOnSite, now: datetime) -> str:
        """Somebody is at the unit; the arrival clock stops at the first arrival of the ticket.

        Raises:
            RefusedError: somebody has arrived for this visit already.
        """
        visit = self._visit(command)
        name = self._graph.definitions[visit.key].name
        self._not_arrived(visit, name)
        visit.arrived_at = now
        self._story.tell(ArrivedOnSite, now, stage=StageRef(key=visit.key, visit=visit.visit), reason=command.note)
        self._clocks.stop(ARRIVAL, now)
        self._clocks.answered_by(command.actor, now)
        return f"Arrived on site for {name}."

    def _visit(self, command: StartTravel | ArriveOnSite) -> StageVisit:
        """The visit on site that is in progress; one that is on hold may be travelled to all the same."""
        if command.stage is None:
            found = [visit for visit in self._graph.active() if self._graph.definitions[visit.key].on_site]
            if len(found) != 1:
                named = self._graph.names(visit.key for visit in found)
                which = f"Several stages are on site now: {named}. Name one." if found else self._checks.now_in()
                raise RefusedError(f"It is not clear which stage on site is meant. {which}")
            visit = found[0]
        else:
            visit = self._checks.in_progress(command.stage)
        definition = self._graph.definitions[visit.key]
        if not definition.on_site:
            raise RefusedError(f"{definition.name} is not done on site, so nobody travels for it.")
        if command.actor.role is not Role.COORDINATOR:  # a coordinator may report it for somebody
            self._checks.by_the_right_person(command, visit)
        return visit

    def _not_arrived(self, visit: StageVisit, name: str) -> None:
        if visit.arrived_at is not None:
            raise RefusedError(
                f"For {name} somebody arrived at {self._checks.when(visit.arrived_at)} already. "
                "A further visit to the stage has an arrival of its own."
            )


@RECALLS.of(TravelStarted)
def _travel_started(memory: Memory, fact: TravelStarted) -> None:
    memory.visit(fact.stage).travel_started_at = fact.when


@RECALLS.of(ArrivedOnSite)
def _arrived_on_site(memory: Memory, fact: ArrivedOnSite) -> None:
    memory.visit(fact.stage).arrived_at = fact.when
