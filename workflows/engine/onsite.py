"""Journeys to the unit, and arrivals there."""

from __future__ import annotations

from datetime import datetime

from models.contracts.facts import ArrivedOnSite, StageRef, TravelStarted
from models.contracts.state import StageVisit
from workflows.engine.clocks import ARRIVAL, ClockBoard
from workflows.engine.graph import StageGraph
from workflows.engine.refusal import RefusedError
from workflows.engine.story import Story


class OnSite:
    def __init__(self, graph: StageGraph, clocks: ClockBoard, story: Story) -> None:
        self._graph = graph
        self._clocks = clocks
        self._story = story

    def set_out(self, visit: StageVisit, now: datetime, note: str) -> str:
        """Somebody is on the way.

        Raises:
            RefusedError: they are already, or have arrived.
        """
        name = self._graph.definitions[visit.key].name
        self._not_arrived(visit, name)
        if visit.travel_started_at is not None:
            raise RefusedError(
                f"The journey for {name} began at {visit.travel_started_at:%Y-%m-%d %H:%M %Z} already. "
                "Report the arrival next."
            )
        visit.travel_started_at = now
        self._story.tell(TravelStarted, now, stage=StageRef(key=visit.key, visit=visit.visit), reason=note)
        return f"On the way for {name}."

    def arrive(self, visit: StageVisit, now: datetime, note: str) -> str:
        """Somebody is at the unit; the arrival clock stops at the first arrival of the ticket.

        Raises:
            RefusedError: somebody has arrived for this visit already.
        """
        name = self._graph.definitions[visit.key].name
        self._not_arrived(visit, name)
        visit.arrived_at = now
        self._story.tell(ArrivedOnSite, now, stage=StageRef(key=visit.key, visit=visit.visit), reason=note)
        self._clocks.stop(ARRIVAL, now)
        return f"Arrived on site for {name}."

    def _not_arrived(self, visit: StageVisit, name: str) -> None:
        if visit.arrived_at is not None:
            raise RefusedError(
                f"For {name} somebody arrived at {visit.arrived_at:%Y-%m-%d %H:%M %Z} already. "
                "A further visit to the stage has an arrival of its own."
            )
