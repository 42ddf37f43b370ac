"""A drill with faults by a seed: people act, faults strike, and then every ticket and every history is looked at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from heapq import heapify, heappop, heappush

from models.settings import Settings
from starter.drill.crowd import Crowd
from starter.drill.disk import NoSmallDisk, SmallDisk, small_disk
from starter.drill.driving import Driving
from starter.drill.ground import Ground, open_ground
from starter.drill.plan import DrillPlan
from starter.drill.report import DrillReport, make_report
from starter.drill.run import Watch, look_at
from starter.drill.schedule import Fault, FaultKind, schedule
from starter.drill.strikes import Striker, Struck
from starter.drill.weather import Weather
from starter.pollers import WorkersMissing

TICK = 0.05
"""Seconds between two looks at the agenda."""


async def drill_with_faults(
    plan: DrillPlan,
    settings: Settings,
    *,
    say: Callable[[str], None] = lambda _: None,
    watch: Watch = lambda _: None,
) -> DrillReport:
    """Drill on engines of its own, which are struck by the faults of `plan.seed`; nothing of them is left.

    From the main thread: it starts, freezes and kills processes, and none but its own.
    """
    with ExitStack() as exits:
        disk, left_out = _disk(exits)
        faults = schedule(
            plan.seed or 0,
            plan.faults,
            longest=plan.longest.total_seconds(),
            gap=plan.gap.total_seconds(),
            without=frozenset() if disk else frozenset({FaultKind.FULL_DISK}),
        )
        plan = _with_time_enough(plan, faults)
        say("Starting PostgreSQL, Temporal and workers")
        async with open_ground(settings, workers=plan.worker_processes, disk=disk) as ground:
            striker = Striker(ground)
            with Driving(plan, ground.database_url, ground.temporal_address, Crowd) as driving:
                crowd = await _begun(driving, ground)

                def look() -> None:
                    striker.look_after()
                    watch(crowd.account)

                await _storm(striker, faults, driving, look)
                crowd.last_orders = True
                until = time.monotonic() + 2.5 * plan.patience.total_seconds()
                while driving.is_alive() and time.monotonic() < until:
                    await asyncio.sleep(TICK)
                    look()
            driving.done()
            say(f"{len(striker.struck)} faults have struck; looking at every ticket")
            async with striker.looking_after():
                temporal = ground.stack.addresses.temporal_address
                outcome = await look_at(plan, crowd.account, ground.direct_url, temporal, ground.house)
    weather = Weather.of(plan.seed or 0, striker, crowd.account, left_out)
    return make_report(plan, crowd.account, outcome, seconds=driving.seconds, weather=weather)


def _disk(exits: ExitStack) -> tuple[SmallDisk | None, list[str]]:
    try:
        return exits.enter_context(small_disk()), []
    except NoSmallDisk as reason:
        return None, [f"{FaultKind.FULL_DISK.value} ({reason}; it takes root on Linux)"]


def _with_time_enough(plan: DrillPlan, faults: tuple[Fault, ...]) -> DrillPlan:
    """Its deadline leaves time for every fault, and for people's patience after the last one."""
    last = max((fault.at + fault.lasting for fault in faults), default=0.0)
    least = timedelta(seconds=1.5 * last) + 3 * plan.patience
    return replace(plan, deadline=max(plan.deadline, least))


async def _begun(driving: Driving[Crowd], ground: Ground) -> Crowd:
    """Return when people begin."""
    while driving.driver is None:
        await asyncio.sleep(TICK)
        if driving.error is not None:
            raise driving.error
        if (words := ground.workers.ended()) is not None:
            raise WorkersMissing(f"A worker ended while it started: {words}")
    return driving.driver


async def _storm(
    striker: Striker, faults: tuple[Fault, ...], driving: Driving[Crowd], look: Callable[[], None]
) -> None:
    """Let every fault strike, and mend it."""
    begun = time.monotonic()
    agenda: list[tuple[float, int, Fault | Struck]] = [(fault.at, place, fault) for place, fault in enumerate(faults)]
    heapify(agenda)
    while agenda and driving.is_alive():
        await asyncio.sleep(TICK)
        at, place, due = agenda[0]
        if time.monotonic() - begun >= at:
            heappop(agenda)
            if isinstance(due, Struck):
                striker.mend(due)
            elif (struck := striker.strike(due)) is not None:
                heappush(agenda, (time.monotonic() - begun + due.lasting, len(faults) + place, struck))
        look()
    striker.mend_all()
