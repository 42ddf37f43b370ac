"""Offers on the real server and in the real database: durable, each ended once, and rows that the facts make."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.records import RecordActivities
from models.contracts.commands import Cancel
from models.contracts.offering import AcceptOffer, DeclineOffer, OfferStage, RaiseLevel, ReleaseEngineer
from models.contracts.projection import CandidatesWanted
from models.sql_functions import SqlFunction
from models.vocabulary.people import SupportLevel
from models.vocabulary.stages import AssignmentType, DeclineReason, WorkLocation
from starter.commands import CommandRefused
from starter.reading.candidates import suggestions
from tests.factories import COORDINATOR, acting, assign, command_id, complete, skip
from tests.field import Field, Ticket
from tests.waiting import until
from tests.workflows.rescuing import rescued
from tests.workflows.test_terms import rich_ticket
from workflows.patches import CURRENT
from workflows.runner import replayer

pytestmark = pytest.mark.asyncio(loop_scope="session")

DIAGNOSIS = "remote_diagnosis"
LIMIT = timedelta(minutes=15)
"""Of the seeds' standard template, for P2."""


def offer(*engineers: str, **fields: Any) -> OfferStage:
    return OfferStage(command_id=command_id(), actor=COORDINATOR, stage=DIAGNOSIS, engineers=engineers, **fields)


def accept(code: str) -> AcceptOffer:
    return AcceptOffer(command_id=command_id(), actor=acting(code))


def decline(code: str, reason: DeclineReason = DeclineReason.BUSY) -> DeclineOffer:
    return DeclineOffer(command_id=command_id(), actor=acting(code), reason=reason, note="Not this week")


async def answers(ticket: Ticket) -> list[tuple[str, str]]:
    """Whom the first stage was offered to and what they said, once the record has it all."""
    record = await ticket.stored()
    return [(one["engineer_code"], one["answer"]) for one in record["stages"][0]["offers"]]


async def is_as_told(ticket: Ticket) -> None:
    """The history replays, and the record is what its facts make of it."""
    history = await ticket.handle.fetch_history()
    await replayer().replay_workflow(history)
    row = await ticket.field.rows("SELECT id FROM service_tickets WHERE workflow_id = :id", id=ticket.id)
    assert await ticket.field.database.rows(SqlFunction.FIND_RECORD_DIFFERENCES, row[0]["id"]) == []


async def test_an_offer_goes_from_one_to_the_next_until_somebody_accepts(field: Field) -> None:
    ticket = await field.open(engineer=None)
    await ticket.do(offer("ENG-003", "ENG-002", "ENG-004", work_location=WorkLocation.HYBRID))
    assert (await ticket.status()).stages[0].asked == "ENG-003"
    declined = decline("ENG-003", DeclineReason.DISTANCE)
    assert await ticket.do(declined) == await ticket.do(declined)
    await ticket.skip_time(LIMIT + timedelta(minutes=1))

    async def next_is_asked() -> bool:
        return (await ticket.status()).stages[0].asked == "ENG-004"

    await until(next_is_asked)
    with pytest.raises(CommandRefused, match="offered to ENG-002 now"):
        await ticket.do(accept("ENG-002"))
    await ticket.do(accept("ENG-004"))
    assert await answers(ticket) == [("ENG-003", "declined"), ("ENG-002", "expired"), ("ENG-004", "accepted")]
    record = await ticket.stored()
    first, _, last = record["stages"][0]["offers"]
    assert (first["decline_reason"], first["remark"]) == ("distance", "Not this week")
    assert last["answered_at"] is not None
    [put] = record["stages"][0]["assignments"]
    assert (put["engineer_code"], put["work_location"], put["status"]) == ("ENG-004", "hybrid", "active")
    found = await field.rows("SELECT * FROM offer_answers_overview WHERE number = :number", number=ticket.number)
    assert {one["engineer_code"]: one["decline_reason"] for one in found}["ENG-003"] == "distance"
    await is_as_told(ticket)


async def test_without_names_who_is_qualified_and_free_is_asked_and_who_declined_is_not_again(field: Field) -> None:
    ticket = await field.open(engineer=None)
    activities = RecordActivities(field.database)
    unit = (await field.rows("SELECT equipment_id FROM service_tickets WHERE workflow_id = :id", id=ticket.id))[0]
    wanted = CandidatesWanted(equipment_id=unit["equipment_id"], level=SupportLevel.L1)
    expected = [one.code for one in (await activities.find_candidates(wanted)).found]
    assert expected, "somebody of the seeds is qualified and has no shift that ends"
    await ticket.do(offer())
    asked = (await ticket.status()).stages[0].asked
    assert asked is not None
    await ticket.do(decline(asked))
    if len(expected) > 1:
        await ticket.do(skip(DIAGNOSIS))
        assert [one for _, one in await answers(ticket)][:2] == ["declined", "withdrawn"]
    await is_as_told(ticket)


async def test_without_names_the_best_suited_is_asked_first(field: Field) -> None:
    """Of those who are qualified and free, in the order that everybody is shown; who is not suggested comes last."""
    ticket = await field.open(engineer=None)
    row = (await field.rows("SELECT id, equipment_id FROM service_tickets WHERE workflow_id = :id", id=ticket.id))[0]
    wanted = CandidatesWanted(equipment_id=row["equipment_id"], level=SupportLevel.L1)
    activities = RecordActivities(field.database)
    free = {one.code for one in (await activities.find_candidates(wanted)).found}
    ranking = await suggestions(field.database, row["id"], DIAGNOSIS)
    assert ranking is not None
    suited = [one.code for one in ranking.suitable if one.code in free]
    asked = wanted.model_copy(update={"ticket_id": row["id"], "stage": DIAGNOSIS})
    found = [one.code for one in (await activities.find_candidates(asked)).found]
    assert len(suited) > 1
    assert (found[: len(suited)], set(found)) == (suited, free)


async def test_an_order_that_can_not_be_found_out_keeps_nobody_from_being_asked(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again for ever otherwise, and the ticket waits for its handler."""

    def broken(*_: str) -> dict[str, int]:
        raise ValueError("a row that nobody can read")

    ticket = await field.open(engineer=None)
    row = (await field.rows("SELECT id, equipment_id FROM service_tickets WHERE workflow_id = :id", id=ticket.id))[0]
    wanted = CandidatesWanted(
        equipment_id=row["equipment_id"], level=SupportLevel.L1, ticket_id=row["id"], stage=DIAGNOSIS
    )
    monkeypatch.setattr("activities.records._suggested", broken)
    environment = ActivityEnvironment()
    found = await environment.run(RecordActivities(field.database).find_candidates, wanted)
    assert found.found


async def test_who_is_named_is_found_in_whatever_case_and_who_is_not_there_is_named(field: Field) -> None:
    activities = RecordActivities(field.database)
    unit = (await field.rows("SELECT id FROM equipment_registry LIMIT 1"))[0]["id"]
    found = await activities.find_candidates(
        CandidatesWanted(equipment_id=unit, level=SupportLevel.L1, codes=("eng-003", "ENG-999", "ENG-001"))
    )
    assert ([one.code for one in found.found], found.unknown) == (["ENG-003", "ENG-001"], ("ENG-999",))


async def test_a_ticket_that_is_cancelled_withdraws_what_is_offered(field: Field) -> None:
    ticket = await field.open(engineer=None)
    await ticket.do(offer("ENG-003", "ENG-002"))
    await ticket.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Reported twice"))
    await ticket.handle.result()
    assert await answers(ticket) == [("ENG-003", "withdrawn"), ("ENG-002", "not_asked")]
    await is_as_told(ticket)


async def test_a_rescued_ticket_goes_on_asking(field: Field) -> None:
    ticket = await field.open(engineer=None)
    await ticket.do(offer("ENG-003", "ENG-002", answer_within=timedelta(hours=2)))
    await ticket.do(decline("ENG-003"))
    before = (await ticket.status()).stages[0]
    await ticket.stored()
    await ticket.handle.terminate()
    await rescued(field, ticket)
    after = (await ticket.status()).stages[0]
    assert (after.asked, after.answer_until) == (before.asked, before.answer_until) == ("ENG-002", before.answer_until)
    await ticket.do(accept("ENG-002"))
    assert await answers(ticket) == [("ENG-003", "declined"), ("ENG-002", "accepted")]


async def test_a_team_its_hand_over_and_its_level_are_on_record(field: Field) -> None:
    ticket = await field.open(engineer="ENG-004")

    def put(code: str, **fields: Any) -> Any:
        return assign(code, stage=DIAGNOSIS).model_copy(update=fields)

    await ticket.do(put("ENG-003", role=AssignmentType.SECONDARY, work_location=WorkLocation.HYBRID))
    await ticket.do(put("ENG-001", role=AssignmentType.SUPERVISOR))
    await ticket.do(
        RaiseLevel(command_id=command_id(), actor=acting("ENG-004"), stage=DIAGNOSIS, reason="Firmware fault")
    )
    over = put(
        "ENG-005", predecessor_stays_as="support", note="Logs are read; the update is left", actor=acting("ENG-004")
    )
    await ticket.do(over)
    await ticket.do(
        ReleaseEngineer(command_id=command_id(), actor=COORDINATOR, engineer_code="ENG-001", stage=DIAGNOSIS)
    )
    stage = (await ticket.stored())["stages"][0]
    assert stage["support_level"] == "L2"
    there = {
        (one["engineer_code"], one["assignment_type"], one["status"], one["work_location"], one["notes"])
        for one in stage["assignments"]
    }
    assert there == {
        ("ENG-004", "primary", "replaced", "remote", ""),
        ("ENG-003", "secondary", "active", "hybrid", ""),
        ("ENG-001", "supervisor", "released", "remote", ""),
        ("ENG-005", "primary", "active", "remote", "Logs are read; the update is left"),
        ("ENG-004", "support", "active", "remote", ""),
    }
    await ticket.do(complete(DIAGNOSIS, by="ENG-003"))
    await is_as_told(ticket)


async def test_a_run_of_before_lets_an_engineer_hand_over_without_a_word(field: Field) -> None:
    old, new = await rich_ticket(field, CURRENT - 1), await rich_ticket(field, CURRENT)
    over = assign("ENG-005", stage=DIAGNOSIS, by=acting("ENG-004"))
    await old.do(over)
    with pytest.raises(CommandRefused, match="says how it stands"):
        await new.do(over.model_copy(update={"command_id": command_id()}))
    await is_as_told(old)
