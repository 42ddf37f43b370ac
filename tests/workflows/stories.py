"""Random lives of a ticket: whatever people do and whenever, with time that passes in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from hypothesis import strategies as st

from models.contracts.base import Command
from models.contracts.commands import (
    ArriveOnSite,
    ChangeContract,
    ChangePriority,
    EngineerRef,
    Reopen,
    StartTravel,
    ToldLater,
)
from models.contracts.state import TicketState
from models.contracts.templates import HOLD_RULES, HoldRule, PriorityTargets, TemplateSnapshot
from models.sla.calendar import Calendar
from models.vocabulary import ClockKind, Party, Priority, ReopenPolicy, StageOutcome, StageStatus
from tests.factories import COORDINATOR, HOUR, acting, assign, command_id, complete, hold, resume, skip
from tests.models.test_sla_calendar import week
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine

WHO = "ENG-004"
RULES = (
    *HOLD_RULES,
    HoldRule(reason="visit_by_appointment", name="By appointment", pauses={ClockKind.ARRIVAL}, party=Party.HOSPITAL),
    HoldRule(
        reason="contract_dispute",
        name="Dispute",
        pauses={ClockKind.RESOLUTION, ClockKind.STAGE},
        party=Party.HOSPITAL,
    ),
)
PRIORITIES = (
    PriorityTargets(priority=Priority.P1, response_target=HOUR, arrival_target=6 * HOUR, resolution_target=9 * HOUR),
    PriorityTargets(priority=Priority.P4, resolution_target=200 * HOUR),
)
CALENDARS = (
    Calendar(),
    Calendar(
        code="office",
        version=2,
        always_open=False,
        zone="Europe/Berlin",
        hours=week(1, 2, 3, 4, 5, opens="09:00", closes="17:00"),
    ),
    Calendar(
        code="nights",
        always_open=False,
        zone="America/New_York",
        hours=week(1, 2, 3, 6, 7, opens="22:00", closes="06:00"),
    ),
)

Make = Callable[[TicketEngine, datetime, int], Command]
"""A command, for the engine at a moment, as the n-th thing that somebody does."""

Story = Sequence[tuple[str, int]]
"""Of each thing that somebody tries to do: what, and how many minutes after the one before."""


def richer(template: TemplateSnapshot, policy: ReopenPolicy) -> TemplateSnapshot:
    """The template with everything that its clocks can have."""
    stages = tuple(one.model_copy(update={"on_site": one.key == "onsite_repair"}) for one in template.stages)
    return template.model_copy(
        update={
            "stages": stages,
            "arrival_target": 30 * HOUR,
            "priority_targets": PRIORITIES,
            "hold_rules": RULES,
            "reopen_policy": policy,
        }
    )


def live(engine: TicketEngine, story: Story, engineer: EngineerRef, start: datetime) -> datetime:
    """Let the engine live through a story; refusals are part of it. Returns the moment at its end."""
    now = start
    ago: timedelta | None = None
    for number, (what, minutes) in enumerate(story):
        now += timedelta(minutes=minutes, seconds=minutes)
        if what == "late":  # what comes next is told so long after it happened
            ago = timedelta(minutes=minutes)
            continue
        if what == "wait":
            engine.advance(now)
            continue
        if what == "carry":  # as by continue-as-new: what is not written does not survive
            state = TicketState.model_validate_json(engine.state.model_dump_json())
            engine.__init__(engine.ticket, state)  # type: ignore[misc]
            continue
        for _ in range(_OFTEN.get(what, 1)):
            with suppress(RefusedError):
                command = _MAKE[what](engine, now, number)
                if ago is not None and isinstance(command, ToldLater):
                    command = command.model_copy(update={"happened_at": now - ago})
                engine.apply(command, now, engineer)
        ago = None
    return now


def _active(engine: TicketEngine) -> str:
    return next((visit.key for visit in engine.graph.active()), "onsite_repair")


def _hold(reason: str) -> Make:
    def held(_: TicketEngine, now: datetime, number: int) -> Command:
        approved = "manager-1" if number % 2 else None  # what is told later may need it
        return hold(until=now + timedelta(hours=3 + number)).model_copy(
            update={"reason": reason, "approved_by": approved}
        )

    return held


def _complete(outcome: StageOutcome, return_to: str | None = None) -> Make:
    return lambda engine, *_: complete(_active(engine), by=WHO, outcome=outcome, return_to=return_to)


def _on_the_way(kind: type[StartTravel] | type[ArriveOnSite]) -> Make:
    return lambda *_: kind(command_id=command_id(), actor=acting(WHO))


def _priority(priority: Priority) -> Make:
    return lambda *_: ChangePriority(command_id=command_id(), actor=COORDINATOR, priority=priority, reason="Moved")


def _contract(engine: TicketEngine, _: datetime, number: int) -> Command:
    return ChangeContract(
        command_id=command_id(),
        actor=COORDINATOR,
        service=engine.terms.service.model_copy(update={"response_target": timedelta(hours=1 + number)}),
        calendar=CALENDARS[number % len(CALENDARS)],
        reason="Renewed",
    )


def _reopen(engine: TicketEngine, *_: object) -> Command:
    over = [one.key for one in engine.state.visits if one.status is StageStatus.COMPLETED]
    return Reopen(command_id=command_id(), actor=COORDINATOR, reason="Back", return_to=over[-1] if over else None)


_OFTEN = {"near": 3, "finish": 8}
"""Up to the repair, and to the end."""

_LIKELY = ("near", "travel", "arrive", "complete", "resume") * 3

_MAKE: dict[str, Make] = {
    "hold": _hold("access_denied"),
    "customer": _hold("waiting_for_customer"),
    "parts": _hold("waiting_for_parts"),
    "appointment": _hold("visit_by_appointment"),
    "dispute": _hold("contract_dispute"),
    "resume": lambda *_: resume(),
    "take": lambda *_: assign(WHO, by=acting(WHO)),
    "complete": _complete(StageOutcome.DONE),
    "near": _complete(StageOutcome.DONE),
    "finish": _complete(StageOutcome.DONE),
    "fixed": _complete(StageOutcome.FIXED_REMOTELY),
    "failed": _complete(StageOutcome.TEST_FAILED, "onsite_repair"),
    "skip": lambda engine, *_: skip(_active(engine)),
    "travel": _on_the_way(StartTravel),
    "arrive": _on_the_way(ArriveOnSite),
    "P1": _priority(Priority.P1),
    "P2": _priority(Priority.P2),
    "P4": _priority(Priority.P4),
    "contract": _contract,
    "reopen": _reopen,
}


def _told_late(found: Sequence[tuple[str, int, int]]) -> Story:
    return [step for what, minutes, ago in found for step in (("late", ago), (what, minutes))]


late_stories = st.lists(
    st.tuples(st.sampled_from(["wait", "carry", *_MAKE, *_LIKELY]), st.integers(0, 300), st.integers(-10, 400)),
    max_size=30,
).map(lambda found: [("take", 30), *_told_late(found)])
"""The same, all of it told after it happened."""

stories = st.lists(st.tuples(st.sampled_from(["wait", "carry", *_MAKE]), st.integers(0, 900)), max_size=30).map(
    lambda found: [("take", 30), *found]
)
