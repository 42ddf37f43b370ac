"""A higher support level for a stage, asked for by whoever works on it: the deliberate step from L1 to L2 to L3."""

from __future__ import annotations

from datetime import datetime

from models.access import ACT_ON_STAGE
from models.contracts.offering import RaiseLevel
from models.vocabulary.people import Role, SupportLevel
from workflows.engine.assignment import Assignment
from workflows.engine.checks import Checks
from workflows.engine.escalation import Escalation
from workflows.engine.graph import StageGraph
from workflows.engine.refusal import RefusedError
from workflows.engine.rules import Rules


class Levels:
    def __init__(self, graph: StageGraph, checks: Checks, assignment: Assignment, escalation: Escalation) -> None:
        self._graph = graph
        self._checks = checks
        self._assignment = assignment
        self._escalation = escalation

    def say(self, rules: Rules) -> None:
        rules.add(RaiseLevel, self._raise, self._check_shape)

    def _check_shape(self, command: RaiseLevel, _: datetime) -> None:
        self._checks.known(command.stage)

    def _raise(self, command: RaiseLevel, now: datetime) -> str:
        """The stage needs a higher level from here on. Whoever is on it stays until somebody takes over."""
        visit = self._assignment.open_visit(command.stage)
        name = self._graph.definitions[visit.key].name
        actor = command.actor
        if actor.role is Role.ENGINEER and visit.on_it_as(actor.code) not in ACT_ON_STAGE:
            raise RefusedError(
                f"{actor.code} does not work on {name}. Whoever does, or a coordinator, asks for a higher level."
            )
        level = command.level or visit.support_level.above
        if level is None or level.value <= visit.support_level.value:
            highest = max(SupportLevel)
            remedy = (
                f"There is no level above {highest.value}. Assign or offer it to an engineer of that level."
                if visit.support_level is highest
                else "Ask for a higher one."
            )
            raise RefusedError(f"{name} needs level {visit.support_level.value} already. {remedy}")
        self._escalation.raise_for(visit, level, now, reason=command.reason, note=command.note, by=actor.code)
        stays = f" {visit.engineer.code} stays until somebody takes over." if visit.engineer is not None else ""
        return f"{name} needs level {level.value} now; a coordinator is told.{stays}"
