"""What a rescue makes of records: of today, of before facts said so much, and with diagnoses of AI."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.contracts.projection import Candidates, CandidatesWanted
from models.contracts.tickets import TicketInput
from models.identity import CARRIED_QUERY
from models.sql_functions import SqlFunction
from models.vocabulary import Priority, TicketStatus
from models.vocabulary.ai import AiTask
from starter.rescuing.history import ACKNOWLEDGED, UNANSWERED, LastWords, TakenCommand
from starter.rescuing.record import NotRescuable, record_of
from starter.rescuing.revival import _again, revive
from tests.factories import GOOD_ANSWERS, HOUR, T0, assign, complete, engineer, ticket_input
from tests.field import Field, Ticket
from tests.workflows.rescuing import knows, plain, rescued
from tests.workflows.test_faults import told_once
from tests.workflows.test_rescue import urgent
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def read(ticket: Ticket) -> dict[str, Any]:
    await ticket.stored()
    found: dict[str, Any] = json.loads(await ticket.field.database.call(SqlFunction.READ_TICKET_FACTS, ticket.number))
    return found


async def given(ticket: Ticket) -> TicketInput:
    """What the workflow was started with."""
    carried: TicketInput = await ticket.handle.query(CARRIED_QUERY, result_type=TicketInput)
    return carried.model_copy(update={"carried": None})


async def test_the_start_input_comes_back_whole(field: Field) -> None:
    ticket = await field.open()
    await ticket.do(urgent())
    record = record_of(await read(ticket))
    assert record.ticket == await given(ticket)
    assert set(record.unknown) <= {"whom else a diagnosis was asked of, and why it completed nothing by itself"}


async def test_a_ticket_of_before_comes_back_and_says_what_is_not_known(field: Field) -> None:
    """Its opening has no unit and no service configuration, its facts have no answers."""
    ticket = await field.open()
    await ticket.do(urgent())
    found = await read(ticket)
    for name in ("unit", "service"):
        del found["opening"][name]
    for fact in found["facts"]:
        del fact["answered"]
    found["service"]["response_target"] = 7 * 3600  # somebody has changed the configuration since
    record = record_of(found)
    assert record.ticket == await given(ticket)  # the response clock shows what was promised
    assert record.unknown[:3] == (
        "what the unit, its customer and its site were called at intake (they have the names of today)",
        "the service configuration at intake (it is that of today, with the response target of then)",
        "in which words 2 commands were answered",
    )
    assert record.memory.state.priority is Priority.P1


async def test_a_record_that_lacks_a_fact_is_refused(field: Field) -> None:
    ticket = await field.open()
    found = await read(ticket)
    found["facts"].pop(1)
    found["facts_stored"] -= 1
    with pytest.raises(NotRescuable, match=r"the record is not whole: \d of \d facts are there"):
        record_of(found)


async def test_a_record_whose_facts_do_not_follow_is_refused(field: Field) -> None:
    ticket = await field.open()
    found = await read(ticket)
    clock = next(fact for fact in found["facts"] if fact["kind"] == "clock_moved")
    clock["event"] = "resumed"
    with pytest.raises(NotRescuable, match=r"fact \d \(clock_moved\) does not fit those before it: clock \w+ has not"):
        record_of(found)


# -- AI ----------------------------------------------------------------------------------------------------------------


async def calls(ticket: Ticket) -> int:
    [row] = await ticket.field.rows(
        "SELECT count(*) AS n FROM ai_calls c JOIN service_tickets t ON t.id = c.ticket_id WHERE t.workflow_id = :id",
        id=ticket.id,
    )
    return int(row["n"])


async def test_a_diagnosis_that_people_had_seen_comes_back_and_is_not_asked_for_again(field: Field) -> None:
    ticket = await field.open(engineer=None)
    await ticket.advised()
    await ticket.do(assign("ENG-004"))  # a fact that comes after the answer
    before, asked = await knows(ticket), await calls(ticket)
    assert before.visits[0].diagnosis is not None
    await ticket.handle.terminate()
    await rescued(field, ticket)
    after = await knows(ticket)
    assert plain(after) == plain(before)
    assert await calls(ticket) == asked
    assert before.visits[0].diagnosis.cause in await ticket.details()
    await ticket.do(complete("remote_diagnosis", by="ENG-004"))
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)


class Nobody:
    """A registry that has no engineer."""

    async def find_engineer(self, _: str) -> None:
        return None

    async def find_candidates(self, _: CandidatesWanted) -> Candidates:
        return Candidates()


async def test_a_diagnosis_that_came_when_nothing_moved_any_more_has_its_consequences_now(field: Field) -> None:
    ticket = await field.open(engineer=None)
    await ticket.advised()
    await ticket.do(assign("ENG-004"))
    found = await read(ticket)
    latest = max(datetime.fromisoformat(fact["at"]) for fact in found["facts"])
    [diagnosis] = found["diagnoses"]
    diagnosis["proposed_at"] = (latest + timedelta(seconds=5)).isoformat()
    diagnosis["severity"] = "critical"
    for task in found["template"]["stages"][0]["ai"]:
        task.update(raises_priority=True, minimum_confidence=0)
    record = record_of(found)
    assert [str(one.proposed.session_id) for one in record.unseen] == [diagnosis["session_id"]]
    assert record.memory.state.visits[0].diagnosis is None

    revival = await revive(record, LastWords(), Nobody(), latest + timedelta(hours=1))
    state = revival.engine.state
    assert state.visits[0].diagnosis is not None
    assert (state.priority, state.visits[0].advice[AiTask.DIAGNOSIS].asked) == (Priority.P1, True)
    assert state.unstored[0].kind == "priority_changed"


async def test_what_a_run_of_before_has_acknowledged_is_applied_by_the_rules_of_then() -> None:
    engine = TicketEngine.open(ticket_input(), T0)
    engine.apply(assign("ENG-001"), T0, engineer("ENG-001"))
    odd = complete("remote_diagnosis", actions={**GOOD_ANSWERS["remote_diagnosis"], "typo": True})

    for how, promised, refused in ((UNANSWERED, False, True), (ACKNOWLEDGED, True, False)):
        command = odd.model_copy(update={"command_id": how})
        found = await _again(engine, TakenCommand(command, how, T0 + HOUR, promised, promised), Nobody(), T0 + HOUR)
        assert (found.refused, found.broken_promise) == (refused, False), found.became
    assert engine.graph.latest("remote_diagnosis").actions["typo"] is True
    with pytest.raises(RefusedError, match="does not ask for typo"):
        engine.apply(complete("parts_identification", actions={"typo": True}), T0 + HOUR)
