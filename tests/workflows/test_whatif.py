"""A ticket of the real server, replayed from what the database has of it."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.contracts.commands import ArriveOnSite, StartTravel
from models.contracts.facts import TicketEnded, TicketHeld, TicketReopened, TicketResumed
from models.contracts.templates import HoldRule, PriorityTargets
from models.sql_functions import SqlFunction
from models.vocabulary import ClockKind, ClockState, HoldReason, Party, Priority, ReopenPolicy
from starter.reading.plain import json_value
from starter.whatif.alternative import Alternative
from starter.whatif.history import history_of
from starter.whatif.replay import check_replayable, replay
from tests.factories import HOUR, acting, command_id, complete, hold
from tests.field import Field
from tests.workflows.test_terms import ENGINEER, priority, reopen, rich_ticket

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_a_ticket_s_clocks_said_and_what_they_would_have(field: Field) -> None:
    ticket = await rich_ticket(field)
    await ticket.skip_time(1 * HOUR)
    begun = datetime.fromisoformat((await ticket.stored())["ticket"]["opened_at"])
    await ticket.do(hold(HoldReason.WAITING_FOR_PARTS, until=begun + 7 * HOUR))
    await ticket.do(hold(HoldReason.ACCESS_DENIED, until=begun + 5 * HOUR))
    await ticket.skip_time(2 * HOUR)
    await ticket.do(priority(Priority.P4))
    await ticket.skip_time(5 * HOUR)
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement"):
        await ticket.do(complete(key, by=ENGINEER))
    await ticket.do(StartTravel(command_id=command_id(), actor=acting(ENGINEER)))
    await ticket.skip_time(2 * HOUR)
    await ticket.do(ArriveOnSite(command_id=command_id(), actor=acting(ENGINEER)))
    await ticket.do(complete("onsite_repair", by=ENGINEER))
    await ticket.do(complete("completion_sign_off", by=ENGINEER))
    await ticket.handle.result()
    await ticket.do(reopen("completion_sign_off"))
    await ticket.skip_time(1 * HOUR)
    await ticket.finish()
    await ticket.stored()

    ever = (begun, begun + 9000 * HOUR, None, None, 1000)
    rows = [json_value(row["history"]) for row in await field.database.rows(SqlFunction.CLOSED_TICKETS, *ever)]
    history = history_of(next(row for row in rows if row["number"] == ticket.number))
    check_replayable(history)
    was = history.recorded()["resolution"]
    assert (was.state, was.target) == (ClockState.MET, 200 * HOUR)

    pauses = frozenset({ClockKind.RESOLUTION})
    rule = HoldRule(reason="waiting_for_parts", name="Parts", pauses=pauses, party=Party.PARTS)
    other = Alternative(
        priorities=(PriorityTargets(priority=Priority.P4, resolution_target=4 * HOUR),),
        hold_rules={rule.reason: rule},
        reopen_policy=ReopenPolicy.COUNT_SOLVED,
    )
    would_be = replay(history, other)["resolution"]
    begun_parts, begun_access = [fact.at for fact in history.facts if isinstance(fact, TicketHeld)]
    ended_access, ended_parts = [fact.at for fact in history.facts if isinstance(fact, TicketResumed)]
    alone = (begun_access - begun_parts) + (ended_parts - ended_access)  # waiting for parts while access was not denied
    ended = next(fact.at for fact in history.facts if isinstance(fact, TicketEnded))
    [reopened] = [fact.at for fact in history.facts if isinstance(fact, TicketReopened)]
    assert alone >= 2 * HOUR
    assert would_be.elapsed - was.elapsed == (reopened - ended) - alone
    assert (would_be.state, would_be.target) == (ClockState.BREACHED, 4 * HOUR)
