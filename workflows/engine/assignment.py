"""Putting engineers on stages, in one role or another, and taking them off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models.access import ACT_ON_STAGE
from models.contracts.assigning import AssignmentWarning
from models.contracts.base import Command
from models.contracts.commands import SAY_ANYWAY, AssignEngineer, EngineerRef
from models.contracts.facts import EngineerAssigned, ReplacedEngineer
from models.contracts.offered import EngineerReleased
from models.contracts.offering import ReleaseEngineer
from models.contracts.state import OnStage, StageVisit
from models.contracts.told import StageRef
from models.vocabulary.assigning import Gravity
from models.vocabulary.people import Role
from models.vocabulary.stages import AssignmentType, Performer, StageStatus, WorkLocation
from workflows.engine.checks import Checks
from workflows.engine.clocks import RESPONSE, ClockBoard
from workflows.engine.escalation import Escalation
from workflows.engine.graph import StageGraph
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.refusal import RefusedError
from workflows.engine.rules import Rules
from workflows.engine.story import Story

RECALLS = Recalls()

PRIMARY = AssignmentType.PRIMARY


class Assignment:
    """An engineer is the registry's to know: whoever applies the command has looked there before.

    Attributes:
        looked_up: what the registry says of the engineer whom the command names; None: there is none.
        wants_handover: whether who hands a stage in progress over says how it stands; runs from before do not ask.
        warns: whether what speaks against an engineer counts; in runs of before it does not.
    """

    def __init__(
        self, graph: StageGraph, checks: Checks, clocks: ClockBoard, escalation: Escalation, story: Story
    ) -> None:
        self._graph = graph
        self._checks = checks
        self._clocks = clocks
        self._escalation = escalation
        self._story = story
        self.looked_up: EngineerRef | None = None
        self.wants_handover = True
        self.warns = False

    def say(self, rules: Rules) -> None:
        rules.add(AssignEngineer, self._assign, self._check_shape)
        rules.add(ReleaseEngineer, self._release, self._check_shape)

    def _check_shape(self, command: AssignEngineer | ReleaseEngineer, _: datetime) -> None:
        self._checks.known(command.stage)
        if isinstance(command, AssignEngineer) and command.predecessor_stays_as and command.role is not PRIMARY:
            raise RefusedError(
                f"Whoever comes as {command.role.value} takes nobody's place, so nobody stays as something else. Leave "
                "that out, or assign the primary engineer."
            )

    # -- put on ------------------------------------------------------------------------------------------------------

    def _assign(self, command: AssignEngineer, now: datetime) -> str:
        engineer = self.looked_up
        if engineer is None:
            raise RefusedError(
                f"There is no active engineer {command.engineer_code}. Give the code of one who is in the registry and "
                "active."
            )
        if command.role is not PRIMARY:
            return self._join(command, engineer, now)
        visits = self._assignable(command, engineer)
        warnings = self._not_too_grave(command)
        self._handed_over(command, visits, engineer)
        replaced = _replaced(visits, engineer)
        stays = AssignmentType(command.predecessor_stays_as) if command.predecessor_stays_as else None
        self.take_over(
            visits,
            engineer,
            now,
            reason=command.note,
            work_location=command.work_location,
            predecessor_stays_as=stays,
            warnings=warnings,
            anyway=command.anyway,
        )
        takes_it = command.actor.role is Role.ENGINEER and command.actor.code == engineer.code
        if takes_it and any(visit.status is StageStatus.IN_PROGRESS for visit in visits):
            self._clocks.stop(RESPONSE, now)
        stages = self._graph.names(visit.key for visit in visits)
        left = f", who stays as {stays.value}" if stays and replaced else ""
        return f"{engineer.code} {engineer.name} is assigned to {stages}{self._instead(replaced, visits)}{left}."

    def take_over(
        self,
        visits: Sequence[StageVisit],
        engineer: EngineerRef,
        now: datetime,
        *,
        reason: str = "",
        work_location: WorkLocation | None = None,
        predecessor_stays_as: AssignmentType | None = None,
        warnings: tuple[AssignmentWarning, ...] = (),
        anyway: bool = False,
    ) -> None:
        """Make an engineer the primary one of visits."""
        replaced = _replaced(visits, engineer)
        for visit in visits:
            _put(visit, engineer, now, predecessor_stays_as)
        self._story.tell(
            EngineerAssigned,
            now,
            engineer=engineer,
            stages=_refs(visits),
            replaced=replaced,
            reason=reason,
            work_location=work_location,
            predecessor_stays_as=predecessor_stays_as,
            warnings=warnings,
            anyway=anyway,
        )

    def _join(self, command: AssignEngineer, engineer: EngineerRef, now: datetime) -> str:
        """Put an engineer beside the primary one, where they are not that themselves."""
        visits = self._assignable(command, engineer)
        free = [visit for visit in visits if visit.on_it_as(engineer.code) is not PRIMARY]
        if not free:
            raise RefusedError(
                f"{engineer.code} is the primary engineer of {self._graph.names(visit.key for visit in visits)}. Put "
                "somebody else in that place first."
            )
        warnings = self._not_too_grave(command)
        for visit in free:
            _join(visit, engineer, command.role)
        self._story.tell(
            EngineerAssigned,
            now,
            engineer=engineer,
            stages=_refs(free),
            role=command.role,
            work_location=command.work_location,
            reason=command.note,
            warnings=warnings,
            anyway=command.anyway,
        )
        stages = self._graph.names(visit.key for visit in free)
        return f"{engineer.code} {engineer.name} is on {stages} as {command.role.value}."

    def warned(self, command: Command) -> tuple[str, ...]:
        """What speaks against what a command has done, in sentences."""
        if not self.warns or not isinstance(command, AssignEngineer) or command.role not in ACT_ON_STAGE:
            return ()
        return tuple(one.whole for one in command.warnings or ())

    def _not_too_grave(self, command: AssignEngineer) -> tuple[AssignmentWarning, ...]:
        """What is warned of.

        Raises:
            RefusedError: it can't be, or it takes somebody to say that it is to be done anyway, and why.
        """
        if command.role not in ACT_ON_STAGE:  # who reads and advises needs no level, and no certificate
            return ()
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

    def _handed_over(
        self, command: AssignEngineer | ReleaseEngineer, visits: list[StageVisit], engineer: EngineerRef | None = None
    ) -> None:
        """Who leaves a stage in progress says how it stands; a coordinator who takes it from them can't know."""
        if not self.wants_handover or command.actor.role is not Role.ENGINEER or command.note.strip():
            return
        for visit in visits:
            mine = visit.on_it_as(command.actor.code) is PRIMARY
            if mine and visit.status is StageStatus.IN_PROGRESS and visit.engineer != engineer:
                name = self._graph.definitions[visit.key].name
                raise RefusedError(
                    f"Who hands {name} over says how it stands. Say in the note what was done and what is left."
                )

    def _assignable(self, command: AssignEngineer, engineer: EngineerRef) -> list[StageVisit]:
        """The visits that the engineer goes to."""
        acts = command.role in ACT_ON_STAGE
        if command.stage is not None:
            visit = self.open_visit(command.stage)
            definition = self._graph.definitions[command.stage]
            if acts and not engineer.support_level.covers(visit.support_level):
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
        fitting = [v for v in open_visits if not acts or engineer.support_level.covers(v.support_level)]
        if not fitting:
            raise RefusedError(
                f"No open stage is for an engineer of level {engineer.support_level.value}."
                + (f" {self._graph.names(visit.key for visit in open_visits)} need more." if open_visits else "")
            )
        return fitting

    def open_visit(self, stage: str) -> StageVisit:
        """The visit of a stage that engineers do and that is not over.

        Raises:
            RefusedError: it is over, or somebody else's to do.
        """
        visit = self._graph.latest(stage)
        definition = self._graph.definitions[stage]
        if visit.is_over:
            raise RefusedError(f"{definition.name} is {visit.status.value} already. {self._checks.now_in()}")
        if definition.performer is not Performer.ENGINEER:
            raise RefusedError(f"{definition.name} is done by the {definition.performer.value}, not by an engineer.")
        return visit

    # -- taken off ---------------------------------------------------------------------------------------------------

    def _release(self, command: ReleaseEngineer, now: datetime) -> str:
        code = command.engineer_code.upper()
        if command.actor.role is Role.ENGINEER and command.actor.code != code:
            raise RefusedError(
                f"An engineer leaves a stage themselves; {command.actor.code} can't take {code} off it. Ask a "
                "coordinator to do it."
            )
        asked = self._graph.current() if command.stage is None else iter([self.open_visit(command.stage)])
        visits = [visit for visit in asked if not visit.is_over and visit.on_it_as(code) is not None]
        if not visits:
            where = "any open stage" if command.stage is None else self._graph.definitions[command.stage].name
            raise RefusedError(f"{code} is not on {where}, so there is nothing to release.")
        self._handed_over(command, visits)
        engineer = _of(visits[0], code)
        left = [visit for visit in visits if visit.on_it_as(code) is PRIMARY]
        for visit in visits:
            _take_off(visit, engineer)
        self._story.tell(EngineerReleased, now, engineer=engineer, stages=_refs(visits), reason=command.note)
        if command.actor.role is Role.ENGINEER:
            for visit in left:
                if visit.status is StageStatus.IN_PROGRESS:
                    self._escalation.tell_left(visit, engineer.code, now)
        return f"{engineer.code} {engineer.name} is not on {self._graph.names(one.key for one in visits)} any more."


def _refs(visits: Sequence[StageVisit]) -> tuple[StageRef, ...]:
    return tuple(StageRef(key=visit.key, visit=visit.visit) for visit in visits)


def _of(visit: StageVisit, code: str) -> EngineerRef:
    """Who of those on a visit has that code."""
    everybody = [*filter(None, [visit.engineer]), *(one.engineer for one in visit.others)]
    return next(one for one in everybody if one.code == code)


def _put(visit: StageVisit, engineer: EngineerRef, at: datetime, stays_as: AssignmentType | None) -> None:
    before = visit.engineer
    visit.others = [one for one in visit.others if one.engineer.engineer_id != engineer.engineer_id]
    visit.engineer, visit.assigned_at = engineer, at
    if stays_as is not None and before is not None and before.engineer_id != engineer.engineer_id:
        _join(visit, before, stays_as)
    if engineer.support_level.covers(visit.support_level):
        visit.level_asked = False


def _join(visit: StageVisit, engineer: EngineerRef, role: AssignmentType) -> None:
    others = [one for one in visit.others if one.engineer.engineer_id != engineer.engineer_id]
    visit.others = [*others, OnStage(engineer=engineer, role=role)]


def _take_off(visit: StageVisit, engineer: EngineerRef) -> None:
    visit.others = [one for one in visit.others if one.engineer.engineer_id != engineer.engineer_id]
    if visit.engineer is not None and visit.engineer.engineer_id == engineer.engineer_id:
        visit.engineer = visit.assigned_at = None


def _replaced(visits: Sequence[StageVisit], engineer: EngineerRef) -> tuple[ReplacedEngineer, ...]:
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
        if fact.role is PRIMARY:
            _put(memory.visit(ref), fact.engineer, fact.when, fact.predecessor_stays_as)
        else:
            _join(memory.visit(ref), fact.engineer, fact.role)


@RECALLS.of(EngineerReleased)
def _released(memory: Memory, fact: EngineerReleased) -> None:
    for ref in fact.stages:
        _take_off(memory.visit(ref), fact.engineer)
