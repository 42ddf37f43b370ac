"""One cell of the fault matrix: a fault strikes an engine while every kind of command is under way, each to a ticket of
its own; afterwards the worker replays all of them, and each goes on to its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from models.contracts.base import Actor, Command
from models.contracts.commands import (
    ArriveOnSite,
    Cancel,
    ChangeContract,
    ChangePriority,
    CompleteStage,
    Hold,
    Reopen,
    Resume,
    SkipStage,
    StartTravel,
)
from models.contracts.offering import (
    AcceptOffer,
    DeclineOffer,
    OfferStage,
    RaiseLevel,
    ReleaseEngineer,
    WithdrawOffer,
)
from models.contracts.templates import StageDefinition
from models.database import Database
from models.identity import TICKETS_QUEUE
from models.vocabulary import HoldReason, Priority, StageOutcome
from models.vocabulary.stages import DeclineReason
from starter.agreed_terms import agreed_terms
from starter.client import connect, register_search_attributes
from starter.drill.check import Findings, check_tickets
from starter.drill.crowd import Crowd, GaveUp
from starter.drill.driver import COORDINATOR, DrillUnit, anyway, completion, own_units, top_engineer
from starter.drill.examine import Examined, examine
from starter.drill.ground import Ground
from starter.drill.house import Mood
from starter.drill.plan import DrillPlan
from starter.drill.schedule import Fault, FaultKind
from starter.drill.strikes import FORGETFUL, Striker
from starter.pollers import wait_for_workers

UNDER_WAY = 0.3
"""Seconds between the commands and a fault that kills, and between one that freezes and the commands."""

PATIENCE = timedelta(seconds=90)
SIGNAL = "stage_completed"
EVERY_COMMAND = (
    "assign_engineer",
    "release_engineer",
    "raise_level",
    "offer_stage",
    "withdraw_offer",
    "accept_offer",
    "decline_offer",
    "complete_stage",
    SIGNAL,
    "skip_stage",
    "hold",
    "resume",
    "cancel",
    "change_priority",
    "change_contract",
    "start_travel",
    "arrive_on_site",
    "reopen",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A fault of an engine, and the worker that meets it.

    Attributes:
        forgetful: the worker keeps no workflow in memory; otherwise it is killed and started again after the fault.
    """

    engine: str
    blow: str
    fault: tuple[Fault, ...]
    forgetful: bool

    def __str__(self) -> str:
        return f"{self.engine}-{self.blow}-{'cache 0' if self.forgetful else 'restarted'}".replace(" ", "_")


@dataclass(frozen=True, slots=True)
class Outcome:
    crowd: Crowd
    findings: Findings
    examined: Examined
    struck: int


KILLS = {"worker": FaultKind.KILL_WORKER, "temporal": FaultKind.KILL_TEMPORAL, "postgres": FaultKind.KILL_POSTGRES}
FREEZES = {
    "worker": FaultKind.FREEZE_WORKER,
    "temporal": FaultKind.FREEZE_TEMPORAL,
    "postgres": FaultKind.FREEZE_POSTGRES,
}
SLOW = {
    "worker": (FaultKind.SLOW_TEMPORAL, FaultKind.SLOW_DATABASE),
    "temporal": (FaultKind.SLOW_TEMPORAL,),
    "postgres": (FaultKind.SLOW_DATABASE,),
}
MOODS = {"worker": Mood.SILENT, "temporal": Mood.AWAY, "postgres": Mood.FAILS}
"""How the house that is told of the tickets is while an engine is struck."""

FROZEN_FOR = (1.0, 4.0, 15.0)
SLOW_FOR = 8.0
DELAY = 1.5
"""Seconds each way: an answer takes longer than what looks an engineer up is willing to wait."""


def matrix() -> list[Cell]:
    """Every engine with everything that may befall it, each met by either kind of worker."""
    cells = []
    for forgetful in (False, True):
        for engine, kill in KILLS.items():
            blows: dict[str, tuple[Fault, ...]] = {"killed": (Fault(0, kill, 1.0, forgetful=forgetful),)}
            for seconds in FROZEN_FOR:
                blows[f"frozen {seconds:.0f} s"] = (Fault(0, FREEZES[engine], seconds),)
            blows["slow"] = tuple(Fault(0, kind, SLOW_FOR, delay=DELAY) for kind in SLOW[engine])
            cells += [Cell(engine, blow, fault, forgetful) for blow, fault in blows.items()]
    return cells


async def play(cell: Cell, ground: Ground, names: Collection[str] = EVERY_COMMAND) -> Outcome:
    """Let the fault meet commands of these kinds, and see each of their tickets to its end."""
    ground.start_engines()
    if cell.forgetful or ground.workers.killed:  # the first worker has just been started
        ground.workers.kill(ground.workers.marks)
    ground.workers.fill_up(FORGETFUL if cell.forgetful else {})
    client = await connect(ground.temporal_address)
    await register_search_attributes(client)
    await wait_for_workers(client, TICKETS_QUEUE)
    plan = DrillPlan(tickets=len(names), concurrency=len(names), seed=0, patience=PATIENCE)
    database = Database(ground.database_url, pool_size=4)
    crowd, striker = Crowd(plan, client, database), Striker(ground)
    try:
        cast = Cast(crowd, plan, database, (await own_units(database))[0], await top_engineer(database), names=names)
        await cast.prepare()
        ground.house.mood = MOODS[cell.engine]
        kills = any(fault.kind in KILLS.values() for fault in cell.fault)
        if not kills:
            _strike(striker, cell)
        sending = asyncio.gather(*(cast.send(name, command) for name, command in cast.commands().items()))
        await asyncio.sleep(UNDER_WAY if kills else max(fault.lasting for fault in cell.fault))
        if kills:
            _strike(striker, cell)
        striker.mend_all()
        ground.house.mood = Mood.WELL
        async with striker.looking_after():
            await sending
            if not cell.forgetful:
                ground.workers.kill(ground.workers.marks)
                ground.workers.fill_up()
            await asyncio.gather(*(cast.finish(key) for key in crowd.account.opened))
            examined = await examine(plan, crowd.account, client, database, house=ground.house)
            findings = await check_tickets(plan, crowd.account, database)
        return Outcome(crowd, findings, examined, len(striker.struck))
    finally:
        striker.mend_all()
        await database.aclose()


def _strike(striker: Striker, cell: Cell) -> None:
    for fault in cell.fault:
        striker.strike(fault)


class Cast:
    """A ticket for each command, brought to where it may be applied."""

    def __init__(
        self,
        crowd: Crowd,
        plan: DrillPlan,
        database: Database,
        unit: DrillUnit,
        engineer: Actor,
        *,
        names: Collection[str],
    ) -> None:
        self._crowd = crowd
        self._plan = plan
        self._database = database
        self._contract: ChangeContract | None = None
        self.unit = unit
        self.engineer = engineer
        self._keys = {name: plan.key(number) for number, name in enumerate(names, start=1)}

    async def prepare(self) -> None:
        """Open the tickets, and bring each to its place."""
        steps = self._steps()
        await asyncio.gather(*(self._prepare(name, steps[name]) for name in self._keys))

    def commands(self) -> dict[str, Command]:
        """What is sent while the fault lasts."""
        first, on_site = self.unit.stages[0], next(stage for stage in self.unit.stages if stage.on_site)
        by = COORDINATOR
        every: dict[str, Command | None] = {
            "assign_engineer": anyway("x", self.engineer),
            "release_engineer": ReleaseEngineer(command_id="x", actor=by, engineer_code=self.engineer.code),
            "raise_level": RaiseLevel(command_id="x", actor=by, stage=first.key, reason="Odd alarm"),
            "offer_stage": self._offer(),
            "withdraw_offer": WithdrawOffer(command_id="x", actor=by, stage=first.key),
            "accept_offer": AcceptOffer(command_id="x", actor=self.engineer),
            "decline_offer": DeclineOffer(command_id="x", actor=self.engineer, reason=DeclineReason.BUSY),
            "complete_stage": completion("x", first, self.engineer),
            SIGNAL: completion("x", first, self.engineer),
            "skip_stage": SkipStage(command_id="x", actor=by, stage=first.key, reason="Not needed"),
            "hold": Hold(command_id="x", actor=by, reason=HoldReason.ACCESS_DENIED),
            "resume": Resume(command_id="x", actor=by),
            "cancel": Cancel(command_id="x", actor=by, reason="Reported by mistake"),
            "change_priority": ChangePriority(command_id="x", actor=by, priority=Priority.P1, reason="Moved"),
            "change_contract": self._contract,
            "start_travel": StartTravel(command_id="x", actor=self.engineer, stage=on_site.key),
            "arrive_on_site": ArriveOnSite(command_id="x", actor=self.engineer, stage=on_site.key),
            "reopen": Reopen(command_id="x", actor=by, reason="The fault is back"),
        }
        chosen = ((name, f"{key}-{name}", every[name]) for name, key in self._keys.items())
        sent = {
            name: command.model_copy(update={"command_id": command_id})
            for name, command_id, command in chosen
            if command is not None
        }
        assert sent.keys() == self._keys.keys()
        return sent

    async def send(self, name: str, command: Command) -> None:
        """Send a command to its ticket until it is answered, or nobody waits any longer."""
        key = self._keys[name]
        try:
            if name == SIGNAL and isinstance(command, CompleteStage):
                await self._crowd.signal(key, command)
            else:
                await self._crowd.ask(key, command)
        except GaveUp as reason:
            self._crowd.account.abandoned[name] = str(reason)

    async def finish(self, key: str) -> None:
        """Bring a ticket to its end."""
        try:
            await self._crowd.finish(key, self.unit, self.engineer)
        except GaveUp as reason:
            self._crowd.account.abandoned[key] = str(reason)

    async def _prepare(self, name: str, steps: tuple[Command, ...]) -> None:
        key = self._keys[name]
        await self._crowd.open(key, int(key[-6:]), self.unit)
        for number, step in enumerate(steps):
            assert await self._crowd.ask(key, step.model_copy(update={"command_id": f"{key}-before-{number}"}))
        if name == "change_contract":
            agreed = await agreed_terms(self._database, self._crowd.account.opened[key].workflow_id)
            assert agreed is not None
            service = agreed.service.model_copy(update={"response_target": timedelta(hours=1)})
            self._contract = ChangeContract(
                command_id="x", actor=COORDINATOR, service=service, calendar=agreed.calendar, reason="Another contract"
            )

    def _offer(self) -> OfferStage:
        """The first stage, to the engineer alone, who has the time that the fault takes."""
        return OfferStage(
            command_id="x",
            actor=COORDINATOR,
            stage=self.unit.stages[0].key,
            engineers=(self.engineer.code,),
            answer_within=timedelta(hours=1),
        )

    def _steps(self) -> dict[str, tuple[Command, ...]]:
        """What has to be done to a ticket before its command."""
        by = COORDINATOR
        assigned = anyway("x", self.engineer)
        stages = {stage.key: stage for stage in self.unit.stages}
        before_the_visit = tuple(
            SkipStage(command_id="x", actor=by, stage=stage.key, reason="Not needed")
            for stage in _before_the_visit(self.unit)
        )
        remotely = completion("x", self.unit.stages[0], self.engineer).model_copy(
            update={"outcome": StageOutcome.FIXED_REMOTELY}
        )
        signed_off = completion("x", stages[self.unit.stages[-1].key], self.engineer)
        return {
            "assign_engineer": (),
            "release_engineer": (assigned,),
            "raise_level": (assigned,),
            "offer_stage": (),
            "withdraw_offer": (self._offer(),),
            "accept_offer": (self._offer(),),
            "decline_offer": (self._offer(),),
            "complete_stage": (assigned,),
            SIGNAL: (assigned,),
            "skip_stage": (assigned,),
            "hold": (assigned,),
            "resume": (assigned, Hold(command_id="x", actor=by, reason=HoldReason.ACCESS_DENIED)),
            "cancel": (assigned,),
            "change_priority": (assigned,),
            "change_contract": (assigned,),
            "start_travel": (assigned, *before_the_visit),
            "arrive_on_site": (assigned, *before_the_visit),
            "reopen": (assigned, remotely, signed_off),
        }


def _before_the_visit(unit: DrillUnit) -> list[StageDefinition]:
    place = next(number for number, stage in enumerate(unit.stages) if stage.on_site)
    return list(unit.stages[:place])
