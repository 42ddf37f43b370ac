"""Putting somebody on a stage warns of what speaks against them, and refuses what is grave unless somebody says why."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from models.contracts.assigning import AssignmentWarning
from models.contracts.commands import AssignEngineer
from models.contracts.facts import EngineerAssigned
from models.contracts.state import Reply, TicketState
from models.recommending.sentences import CONCERNS
from models.vocabulary.assigning import AssignmentConcern as Concern
from models.vocabulary.assigning import Gravity
from starter.commands import CommandRefused
from starter.lookups import looked_up
from tests.factories import COORDINATOR, T0, assign, command_id, engineer, ticket_input
from tests.field import Field, Ticket
from workflows.engine.recall import recall
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine
from workflows.runner import replayer

ticket_tests = pytest.mark.asyncio(loop_scope="session")


def warning(kind: Concern, **values: str) -> AssignmentWarning:
    gravity, text = CONCERNS[kind]
    said = dict.fromkeys(("engineer", "equipment", "back", "stage", "due", "load", "capacity"), "x")
    return AssignmentWarning(kind=kind, gravity=gravity, text=text, values=said | values)


UNSKILLED = warning(Concern.NO_EXPERTISE, engineer="ENG-001", equipment="Ventilator")
BUSY = warning(Concern.AT_CAPACITY, engineer="ENG-001", load="40", capacity="40")
AWAY = warning(Concern.AWAY_THROUGHOUT, engineer="ENG-001")


def desk(warns: bool = True) -> TicketEngine:
    made = TicketEngine.open(ticket_input(), T0)
    made.warn_of_assignments(warns)
    return made


def putting(*warnings: AssignmentWarning, **fields: Any) -> AssignEngineer:
    usual: dict[str, Any] = {"command_id": command_id(), "actor": COORDINATOR, "engineer_code": "ENG-001"}
    return AssignEngineer(**{**usual, "warnings": warnings, **fields})


def test_a_warning_is_told_and_stands_on_record() -> None:
    told = desk()
    result = told.apply(putting(BUSY), T0, engineer("ENG-001"))
    assert result.warnings == ("ENG-001 has 40 tickets this month, and capacity for 40.",)
    fact = told.state.unstored[-1]
    assert isinstance(fact, EngineerAssigned)
    assert (fact.warnings, fact.anyway) == ((BUSY,), False)


@pytest.mark.parametrize("fields", [{}, {"anyway": True}, {"note": "It is urgent"}])
def test_what_is_serious_takes_both_that_it_is_to_be_done_and_why(fields: dict[str, Any]) -> None:
    told = desk()
    with pytest.raises(RefusedError) as refused:
        told.apply(putting(UNSKILLED, BUSY, **fields), T0, engineer("ENG-001"))
    assert str(refused.value) == (
        "ENG-001 has no expertise on record for Ventilator. If it is to be done all the same, say so, and say why."
    )
    assert all(visit.engineer is None for visit in told.state.visits)
    told.apply(putting(UNSKILLED, anyway=True, note="Only to swap the filter"), T0, engineer("ENG-001"))
    fact = told.state.unstored[-1]
    assert isinstance(fact, EngineerAssigned)
    assert (fact.warnings, fact.anyway, fact.reason) == ((UNSKILLED,), True, "Only to swap the filter")


def test_what_is_impossible_is_refused_whatever_is_said() -> None:
    with pytest.raises(RefusedError, match=r"correct the absence\. Assign somebody else\.$"):
        desk().apply(putting(AWAY, anyway=True, note="Still"), T0, engineer("ENG-001"))


def test_runs_of_before_put_them_there() -> None:
    told = desk(warns=False)
    assert told.apply(putting(UNSKILLED, AWAY), T0, engineer("ENG-001")).warnings == ()
    assert [visit.engineer is not None for visit in told.state.visits[:1]] == [True]
    fact = told.state.unstored[-1]
    assert "warnings" not in fact.model_dump()


def test_a_rescued_ticket_gives_the_same_answer_again() -> None:
    told, command = desk(), putting(BUSY)
    first = told.apply(command, T0, engineer("ENG-001"))
    again: TicketState = recall(told.ticket, T0, told.state.unstored).state
    [reply] = again.replies
    assert isinstance(reply, Reply)
    assert reply.answer == first


def test_what_was_looked_up_is_no_part_of_what_was_asked() -> None:
    said = putting(BUSY, command_id="one")
    assert said.digest == said.model_copy(update={"warnings": None}).digest
    assert said.digest != said.model_copy(update={"anyway": True}).digest


# -- whole tickets ----------------------------------------------------------------------------------------------------


async def scheduled(ticket: Ticket, name: str) -> int:
    history = await ticket.handle.fetch_history()
    await replayer().replay_workflow(history)
    kinds = [one.activity_task_scheduled_event_attributes.activity_type.name for one in history.events]
    return kinds.count(name)


@ticket_tests
async def test_who_has_not_looked_is_told_by_the_ticket(field: Field) -> None:
    ticket = await field.open(engineer=None)
    with pytest.raises(CommandRefused, match="ENG-007 has no expertise on record for Ventilator"):
        await ticket.do(assign("ENG-007"))
    assert await scheduled(ticket, "warn_of_assignment") == 1
    said = assign("ENG-007").model_copy(update={"anyway": True, "note": "Only to look"})
    answer = await ticket.do(said)
    assert any("no expertise" in one for one in answer.warnings)
    entry = next(one for one in reversed(await ticket.audit()) if one["action"] == "engineer_assigned")
    assert entry["new_value"]["anyway"] is True
    assert Concern.NO_EXPERTISE in {one["kind"] for one in entry["new_value"]["warnings"]}


@ticket_tests
async def test_who_has_looked_is_believed_and_asked_once(field: Field) -> None:
    ticket = await field.open(engineer=None)
    known = await looked_up(field.database, assign("ENG-004"), ticket.id)
    assert known.warnings is not None
    assert all(one.gravity is Gravity.WARNING for one in known.warnings)
    await ticket.do(known)
    assert await scheduled(ticket, "warn_of_assignment") == 0


@ticket_tests
async def test_an_absence_until_after_the_stage_is_due_is_seen_by_whoever_looks(field: Field) -> None:
    ticket = await field.open(engineer=None)
    async with field.owner.session() as session:
        connection = await session.connection()
        await connection.execute(
            text(
                "INSERT INTO engineer_absences (engineer_id, starts_at, ends_at, reason) SELECT id, "
                "now() - interval '1 day', 'infinity', 'leave' FROM engineers WHERE code = 'ENG-006'"
            )
        )
    try:
        known = await looked_up(field.database, assign("ENG-006"), ticket.id)
    finally:  # the database is shared
        async with field.owner.session() as session:
            connection = await session.connection()
            await connection.execute(
                text("DELETE FROM engineer_absences WHERE starts_at < now() AND ends_at = 'infinity'")
            )
    assert known.warnings is not None
    assert known.warnings[0].kind in {Concern.AWAY_THROUGHOUT, Concern.AWAY}
    assert known.warnings[0].values["back"] == "an unknown day"
