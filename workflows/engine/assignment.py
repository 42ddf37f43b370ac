"""Putting engineers on stages."""

from __future__ import annotations

from datetime import datetime

from models.contracts.assigning import AssignmentWarning
from models.contracts.base import Command
from models.contracts.commands import SAY_ANYWAY, AssignEngineer, EngineerRef
from models.contracts.facts import EngineerAssigned, ReplacedEngineer, StageRef
from models.contracts.state import StageVisit
from models.vocabulary.assigning import Gravity
from models.vocabulary.people import Role
from models.vocabulary.stages import Performer, StageStatus
from workflows.engine.checks import Checks
from workflows.engine.clocks import RESPONSE, ClockBoard
from workflows.engine.graph import StageGraph
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.refusal import RefusedError
from workflows.engine.rules import Rules
from workflows.engine.story import Story

RECALLS = Recalls()


class Assignment:
    """An engineer is the registry's to know: whoever applies the command has looked there before.

    Attributes:
        looked_up: what the registry says of the engineer whom the command names; None: there is none.
        warns: whether what speaks against an engineer counts; in runs of before it does not.
    """

    def __init__(self, graph: StageGraph, checks: Checks, clocks: ClockBoard, story: Story) -> None:
        self._graph = graph
        self._checks = checks
        self._clocks = clocks
        self._story = story
        self.looked_up: EngineerRef | None = None
        self.warns = False

    def say(self, rules: Rules) -> None:
        rules.add(AssignEngineer, self._assign, self._check_shape)

    def _check_shape(self, command: AssignEngineer, _: datetime) -> None:
        self._checks.known(command.stage)

    def _assign(self, command: AssignEngineer, now: datetime) -> str:
        engineer = self.looked_up
        if engineer is None:
            raise RefusedError(
                f"There is no active engineer {command.engineer_code}. Give the code of one who is in the registry and "
                "active."
            )
        visits = self._assignable(command, engineer)
        warnings = self._not_too_grave(command)
        replaced = _replaced(visits, engineer)
        for visit in visits:
            visit.engineer, visit.assigned_at = engineer, now
        refs = tuple(StageRef(key=visit.key, visit=visit.visit) for visit in visits)
        self._story.tell(
            EngineerAssigned,
            now,
            engineer=engineer,
            stages=refs,
            replaced=replaced,
            reason=command.note,
            warnings=warnings,
            anyway=command.anyway,
        )
        takes_it = command.actor.role is Role.ENGINEER and command.actor.code == engineer.code
        if takes_it and any(visit.status is StageStatus.IN_PROGRESS for visit in visits):
            self._clocks.stop(RESPONSE, now)
        stages = self._graph.names(visit.key for visit in visits)
        return f"{engineer.code} {engineer.name} is assigned to {stages}{self._instead(replaced, visits)}."

    def warned(self, command: Command) -> tuple[str, ...]:
        """What speaks against what a command has done, in sentences."""
        if not self.warns or not isinstance(command, AssignEngineer):
            return ()
        return tuple(one.whole for one in command.warnings or ())

    def _not_too_grave(self, command: AssignEngineer) -> tuple[AssignmentWarning, ...]:
        """What is warned of.

        Raises:
            RefusedError: it can't be, or it takes somebody to say that it is to be done anyway, and why.
        """
        found = (command.warnings or ()) if self.warns else ()
        grave = [one for one in found if one.gravity is not Gravity.WARNING]
        said = " ".join(one.whole for one in grave)
        if any(one.gravity is Gravity.IMPOSSIBLE for one in grave):
            raise RefusedError(f"{said} Assign somebody else.")
        if grave and not (command.anyway and command.note.strip()):
            raise RefusedError(f"{said} {SAY_ANYWAY}")
        return found

    def _instead(self, replaced: tuple[ReplacedEngineer, ...], visits: list[StageVisit]) -> str:
        """Whose place it is that somebody takes, with the stages where it is not all of them."""

        def of(one: ReplacedEngineer) -> str:
            where = f" ({self._graph.names(ref.key for ref in one.stages)})" if len(one.stages) < len(visits) else ""
            return f"{one.engineer.code} {one.engineer.name}{where}"

        return f", instead of {', '.join(of(one) for one in replaced)}" if replaced else ""

    def _assignable(self, command: AssignEngineer, engineer: EngineerRef) -> list[StageVisit]:
        """The visits that the engineer goes to."""
        if command.stage is not None:
            visit = self._graph.latest(command.stage)
            definition = self._graph.definitions[command.stage]
            if visit.is_over:
                raise RefusedError(f"{definition.name} is {visit.status.value} already. {self._checks.now_in()}")
            if definition.performer is not Performer.ENGINEER:
                raise RefusedError(
                    f"{definition.name} is done by the {definition.performer.value}, not by an engineer."
                )
            if not engineer.support_level.covers(visit.support_level):
                raise RefusedError(
                    f"{definition.name} needs support level {visit.support_level.value}; {engineer.code} has "
                    f"{engineer.support_level.value}. Assign an engineer of level {visit.support_level.value} or above."
                )
            return [visit]
        open_visits = [
            visit
            for visit in self._graph.with_status(StageStatus.PENDING, StageStatus.IN_PROGRESS)
            if self._graph.definitions[visit.key].performer is Performer.ENGINEER
        ]
        fitting = [visit for visit in open_visits if engineer.support_level.covers(visit.support_level)]
        if not fitting:
            raise RefusedError(
                f"No open stage is for an engineer of level {engineer.support_level.value}."
                + (f" {self._graph.names(visit.key for visit in open_visits)} need more." if open_visits else "")
            )
        return fitting


def _replaced(visits: list[StageVisit], engineer: EngineerRef) -> tuple[ReplacedEngineer, ...]:
    """Who else is on these visits until now, in the order of the stages."""
    found: dict[str, tuple[EngineerRef, list[StageRef]]] = {}
    for visit in visits:
        if visit.engineer is not None and visit.engineer.engineer_id != engineer.engineer_id:
            _, stages = found.setdefault(visit.engineer.code, (visit.engineer, []))
            stages.append(StageRef(key=visit.key, visit=visit.visit))
    return tuple(ReplacedEngineer(engineer=one, stages=tuple(stages)) for one, stages in found.values())


@RECALLS.of(EngineerAssigned)
def _assigned(memory: Memory, fact: EngineerAssigned) -> None:
    for ref in fact.stages:
        visit = memory.visit(ref)
        visit.engineer, visit.assigned_at = fact.engineer, fact.when
