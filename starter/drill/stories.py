"""What people do to one ticket of a drill with faults, right and wrong, in order and out of it, by a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random

from models.contracts.base import Actor, Command
from models.contracts.commands import (
    ArriveOnSite,
    AssignEngineer,
    Cancel,
    ChangePriority,
    CompleteStage,
    Hold,
    Reopen,
    Resume,
    SkipStage,
    StartTravel,
)
from models.contracts.templates import StageDefinition
from models.vocabulary import HoldReason, Priority, Role, StageOutcome, StageType
from starter.drill.driver import COORDINATOR, DrillUnit, anyway, completion

LONGEST_PAUSE = 1.2
"""Seconds that somebody thinks before the next step, at the most."""

WARD = Actor(code="drill-ward", role=Role.HOSPITAL)
"""Whoever speaks for the hospital: may hold and resume, and may not leave a stage out."""

NOBODY = "ENG-999"
"""An engineer that the registry does not have."""


class Deed(StrEnum):
    """How somebody turns to a ticket."""

    ASK = "ask"
    SIGNAL = "signal"
    MISUSE = "misuse"
    """Ask for something else under an id that is another command's."""
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class NewTerms:
    """A change of the contract: what else is in it is in the database, and is read when it is time."""

    command_id: str
    response_target: timedelta


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that somebody does, `times` times at once under one id."""

    deed: Deed
    what: Command | NewTerms | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens at once, `pause` seconds after the scene before; `finish`: until the ticket is over."""

    pause: float
    moves: tuple[Move, ...] = ()
    finish: bool = False


def story(seed: int, number: int, key: str, unit: DrillUnit, engineer: Actor) -> tuple[Scene, ...]:
    """What people do to the ticket `number`: assigned, driven through its stages with everything that may come between,
    signed off; then asked for again what is over, and some of them reopened.
    """
    teller = _Teller(Random(f"people {seed} {number}"), key, unit, engineer)  # noqa: S311  # to be repeated
    return tuple(teller.tell())


class _Teller:
    def __init__(self, lots: Random, key: str, unit: DrillUnit, engineer: Actor) -> None:
        self._lots = lots
        self._key = key
        self._unit = unit
        self._engineer = engineer
        self._said: list[Command | NewTerms] = []
        self._signalled: list[Command | NewTerms] = []
        self._numbers = iter(range(1, 10_000))

    def tell(self) -> Iterator[Scene]:
        yield self._ask(anyway(self._id(), self._engineer))
        for stage in self._unit.stages:
            yield from self._between(stage)
            if self._chance(0.02):
                yield self._ask(Cancel(command_id=self._id(), actor=COORDINATOR, reason="Reported by mistake"))
            yield from self._through(stage)
        yield self._finish()
        yield from self._afterwards()
        if self._chance(0.25):
            back = self._lots.choice([None, *(stage.key for stage in self._unit.stages)])
            reopening = Reopen(command_id=self._id(), actor=COORDINATOR, reason="The fault is back", return_to=back)
            yield self._ask(reopening, times=self._lots.choice((1, 1, 2)))
            yield from self._between(self._unit.stages[-1])
            yield self._finish()
            yield from self._afterwards()

    # -- before, during and after a stage ----------------------------------------------------------------------------

    def _between(self, stage: StageDefinition) -> Iterator[Scene]:
        if self._chance(0.3):
            yield self._scene(Move(Deed.LOOK))
        if self._chance(0.2):
            yield self._ask(self._change())
        if self._chance(0.15):
            yield from self._wait()
        if self._chance(0.2):
            yield self._ask(self._out_of_order())
        if self._chance(0.2):
            yield self._again()
        if self._chance(0.05):
            yield self._misuse()
        if stage.on_site:
            yield from self._journey(stage)

    def _through(self, stage: StageDefinition) -> Iterator[Scene]:
        """The stage's end, by one of the ways in which people bring it about."""
        done = completion(self._id(stage.key), stage, self._engineer)
        way = self._lots.random()
        if stage.stage_type in {StageType.REPAIR, StageType.COMPLETION} and way < 0.25:
            failed = completion(self._id(), stage, self._engineer)
            why = self._lots.choice(("Leaks at 20 mbar", "Leaks at 20 mbar", ""))  # without one it is refused
            yield self._ask(failed.model_copy(update={"outcome": StageOutcome.TEST_FAILED, "note": why}))
        elif stage.skippable and way < 0.1:
            yield self._ask(
                SkipStage(
                    command_id=self._id(), actor=COORDINATOR, stage=stage.key, reason="Not needed", note="In the van"
                )
            )
        if 0.3 < way < 0.45:
            yield self._signal(done)
        elif 0.45 < way < 0.6:
            yield self._signal(done)
            yield self._ask(done)
        elif 0.6 < way < 0.75:
            self._said.append(done)
            look, change = Move(Deed.LOOK), Move(Deed.ASK, self._change())
            yield self._scene(Move(Deed.ASK, done, times=2), change, look)
        else:
            yield self._ask(done)

    def _afterwards(self) -> Iterator[Scene]:
        """Once it is over: what was asked before is asked again, and what is too late is asked all the same."""
        for _ in range(self._lots.randrange(3)):
            yield self._again()
        if self._signalled and self._chance(0.5):
            yield self._scene(Move(Deed.ASK, self._lots.choice(self._signalled)))
        if self._chance(0.3):
            yield self._ask(self._change())
        if self._chance(0.3):
            yield self._scene(Move(Deed.LOOK))

    def _wait(self) -> Iterator[Scene]:
        reasons = (HoldReason.ACCESS_DENIED, HoldReason.WAITING_FOR_PARTS, HoldReason.WAITING_FOR_CUSTOMER)
        for reason in self._lots.sample(reasons, self._lots.choice((1, 1, 2))):
            yield self._ask(Hold(command_id=self._id(), actor=self._lots.choice((COORDINATOR, WARD)), reason=reason))
        if self._chance(0.3):
            yield self._ask(self._out_of_order())
        if self._chance(0.8):
            resuming = Resume(command_id=self._id(), actor=COORDINATOR)
            yield self._ask(resuming, times=self._lots.choice((1, 2)))

    def _journey(self, stage: StageDefinition) -> Iterator[Scene]:
        set_out = StartTravel(command_id=self._id(), actor=self._engineer, stage=stage.key)
        arrived = ArriveOnSite(command_id=self._id(), actor=self._engineer, stage=stage.key)
        if self._chance(0.2):
            self._said += [set_out, arrived]
            yield self._scene(Move(Deed.ASK, arrived), Move(Deed.ASK, set_out))
        elif self._chance(0.7):
            yield self._ask(set_out)
            yield self._ask(arrived)

    # -- single things -----------------------------------------------------------------------------------------------

    def _assign(self, code: str | None = None) -> AssignEngineer:
        return AssignEngineer(
            command_id=self._id(), actor=COORDINATOR, engineer_code=code or self._engineer.code, stage=None
        )

    def _change(self) -> Command | NewTerms:
        match self._lots.randrange(3):
            case 0:
                priority = self._lots.choice(tuple(Priority))
                return ChangePriority(
                    command_id=self._id(), actor=COORDINATOR, priority=priority, reason="Looked at again"
                )
            case 1:
                return NewTerms(self._id(), timedelta(hours=self._lots.randrange(2, 12)))
            case _:
                return self._assign(self._lots.choice((None, None, NOBODY)))

    def _out_of_order(self) -> Command:
        stage = self._lots.choice(self._unit.stages)
        if self._chance(0.4):
            return self._never_right(stage)
        match self._lots.randrange(4):
            case 0:
                return completion(self._id(), stage, Actor(code="ENG-002", role=self._engineer.role))
            case 1:
                return SkipStage(
                    command_id=self._id(), actor=COORDINATOR, stage=self._unit.stages[-1].key, reason="Late"
                )
            case 2:
                return ArriveOnSite(command_id=self._id(), actor=self._engineer, stage=None)
            case _:
                return completion(self._id(), self._unit.stages[-1], self._engineer)

    def _never_right(self, stage: StageDefinition) -> Command:
        """What is refused wherever the ticket stands: an answer to nothing, somebody who may not, no reason."""
        match self._lots.randrange(3):
            case 0:
                done = completion(self._id(), stage, self._engineer)
                return done.model_copy(update={"actions": {**done.actions, "part_used": "VENT-1"}})
            case 1:
                return SkipStage(command_id=self._id(), actor=WARD, stage=stage.key, reason="Not needed")
            case _:
                return Hold(command_id=self._id(), actor=WARD, reason=HoldReason.OTHER)

    def _again(self) -> Scene:
        return self._scene(Move(Deed.ASK, self._lots.choice(self._said), times=self._lots.choice((1, 2))))

    def _misuse(self) -> Scene:
        said = self._lots.choice([one for one in self._said if isinstance(one, Command)])
        return self._scene(Move(Deed.MISUSE, said.model_copy(update={"note": "Something else"})))

    def _ask(self, what: Command | NewTerms, times: int = 1) -> Scene:
        self._said.append(what)
        return self._scene(Move(Deed.ASK, what, times))

    def _signal(self, what: CompleteStage) -> Scene:
        self._signalled.append(what)
        return self._scene(Move(Deed.SIGNAL, what, times=self._lots.choice((1, 1, 2))))

    def _scene(self, *moves: Move) -> Scene:
        return Scene(self._lots.uniform(0, LONGEST_PAUSE), moves)

    def _finish(self) -> Scene:
        return Scene(self._lots.uniform(0, LONGEST_PAUSE), finish=True)

    def _chance(self, share: float) -> bool:
        return self._lots.random() < share

    def _id(self, name: str = "") -> str:
        return f"{self._key}-{next(self._numbers):03d}{name and '-'}{name}"
