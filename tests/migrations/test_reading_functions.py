"""The functions that read: normal case, edges, nothing found."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from models.contracts.facts import EngineerAssigned, TicketEnded
from models.contracts.told import StageRef
from models.database import Database, DatabaseRefused
from models.sql_functions import SqlFunction
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState
from models.vocabulary.tickets import TicketStatus
from tests.factories import HOUR
from tests.migrations.story import Story, engineer, open_story


async def test_get_workflow_status_has_a_row_for_every_visit(database: Database, story: Story) -> None:
    someone = await engineer(database, "ENG-001")
    stage = StageRef(key="remote_diagnosis", visit=1)
    await story.apply(
        story.tell(EngineerAssigned, engineer=someone, stages=(stage,)),
        story.clock(ClockEventKind.STARTED, name="remote_diagnosis", kind=ClockKind.STAGE, stage=stage),
    )
    rows = await database.rows(SqlFunction.GET_WORKFLOW_STATUS, story.ticket_id)
    assert [row["position"] for row in rows] == [1, 2, 3, 4, 5]
    first = rows[0]
    assert (first["stage_name"], first["status"], first["engineer_code"]) == (
        "Remote Diagnosis",
        "in_progress",
        "ENG-001",
    )
    assert (first["clock_state"], first["due_at"]) == ("running", story.now + 60 * HOUR)
    assert rows[1]["clock_state"] is None and rows[1]["target"] == 2 * HOUR


async def test_get_workflow_status_of_nobody_is_empty(database: Database) -> None:
    assert await database.rows(SqlFunction.GET_WORKFLOW_STATUS, uuid4()) == []


async def test_get_active_stage(database: Database, story: Story) -> None:
    (active,) = await database.rows(SqlFunction.GET_ACTIVE_STAGE, story.ticket_id)
    assert (active["stage_key"], active["visit"], active["engineer_code"]) == ("remote_diagnosis", 1, None)
    await story.apply(story.tell(TicketEnded, status=TicketStatus.CANCELLED))
    assert await database.rows(SqlFunction.GET_ACTIVE_STAGE, story.ticket_id) == []


@pytest.mark.parametrize("code", ["ENG-999", "ENG-OO1", "", "ENG-00_"])
async def test_find_engineer_knows_whole_codes_only(database: Database, code: str) -> None:
    assert await database.rows(SqlFunction.FIND_ENGINEER, code) == []


async def test_find_engineer_finds_active_ones_only(database_url: str, own_sql: Any) -> None:
    database = Database(database_url)
    (found,) = await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    assert (found["name"], found["support_level"]) == ("Asha Nair", "L1")
    await own_sql.execute("UPDATE engineers SET active = false WHERE code = 'ENG-001'")
    assert await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001") == []
    await database.aclose()


async def test_a_ticket_is_found_by_everything_that_names_it(database: Database) -> None:
    story = await open_story(database, key="named-by-key")
    for reference in (story.row.number, "named-by-key", str(story.ticket_id), str(story.ticket_id).upper()):
        (found,) = await database.rows(SqlFunction.FIND_TICKET_WORKFLOW, reference)
        assert {name: found[name] for name in ("workflow_id", "number", "status", "ticket_id")} == {
            "workflow_id": "named-by-key",
            "number": story.row.number,
            "status": "open",
            "ticket_id": story.ticket_id,
        }
        shown = json.loads(await database.call(SqlFunction.GET_TICKET, reference))
        assert shown["ticket"]["number"] == story.row.number


@pytest.mark.parametrize(
    "reference",
    ["FC-2026-999999999", "", "%", "named-by-nobody", pytest.param(str(uuid4()), id="no-such-id")],
)
async def test_an_unknown_ticket_is_nothing(database: Database, reference: str) -> None:
    assert await database.rows(SqlFunction.FIND_TICKET_WORKFLOW, reference) == []
    assert await database.call(SqlFunction.GET_TICKET, reference) is None


@pytest.fixture
async def tickets(database_url: str) -> Any:
    """Five tickets in a database of their own, opened an hour apart: three ventilators, a CT, a pump."""
    database = Database(database_url)
    stories = []
    for hour, unit in enumerate(("VENT-ICU-001", "VENT-ICU-002", "CT-PHL-001", "PUMP-WRD-001", "VENT-WRD-001")):
        stories.append(await open_story(database, unit))
        async with database.session() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                "UPDATE service_tickets SET opened_at = opened_at + $1 WHERE id = $2",
                (hour * HOUR, stories[-1].ticket_id),
            )
    yield database, stories
    await database.aclose()


def numbers(rows: Any) -> list[str]:
    return [row["number"] for row in rows]


async def test_list_tickets_is_newest_first_in_pages(tickets: Any) -> None:
    database, stories = tickets
    wanted = [story.row.number for story in reversed(stories)]
    assert numbers(await database.rows(SqlFunction.LIST_TICKETS)) == wanted
    paged, after = [], None
    while page := numbers(await database.rows(SqlFunction.LIST_TICKETS, None, None, None, None, 2, after)):
        paged += page
        after = page[-1]
    assert paged == wanted


async def test_list_tickets_filters(tickets: Any) -> None:
    database, stories = tickets
    await stories[0].apply(stories[0].tell(TicketEnded, status=TicketStatus.CANCELLED))
    await stories[1].apply(stories[1].complete("remote_diagnosis"), stories[1].enter("onsite_repair"))

    async def found(*filters: Any) -> set[str]:
        return {row["serial"] for row in await database.rows(SqlFunction.LIST_TICKETS, *filters)}

    assert await found("cancelled") == {"VENT-ICU-001"}
    assert await found("open", "APOLLO") == {"VENT-ICU-002", "PUMP-WRD-001"}
    assert await found(None, None, "onsite_repair") == {"VENT-ICU-002"}
    assert await found(None, None, "Onsite_Repair") == {"VENT-ICU-002"}
    assert await found(None, None, "parts_procurement") == set()
    with pytest.raises(DatabaseRefused, match="there is no customer NOBODY"):
        await found(None, "NOBODY")
    with pytest.raises(DatabaseRefused, match="there is no stage nowhere"):
        await found(None, None, "nowhere")
    assert await found(None, None, None, "breached") == set()


async def test_list_tickets_shows_the_worst_open_clock(tickets: Any) -> None:
    database, (story, *_) = tickets

    async def sla() -> Any:
        return next(row for row in await database.rows(SqlFunction.LIST_TICKETS) if row["serial"] == "VENT-ICU-001")[
            "sla"
        ]

    assert await sla() == "on_track"
    for percent, state in ((50, "warning"), (75, "at_risk")):
        await story.apply(story.clock(ClockEventKind.THRESHOLD, percent=percent))
        assert await sla() == state
    await story.apply(story.clock(ClockEventKind.THRESHOLD, ClockState.BREACHED, percent=100))
    assert await sla() == "breached"
    assert numbers(await database.rows(SqlFunction.LIST_TICKETS, None, None, None, "breached")) == [story.row.number]
    await story.apply(
        story.clock(ClockEventKind.STOPPED, ClockState.BREACHED), story.tell(TicketEnded, status=TicketStatus.CLOSED)
    )
    (row,) = await database.rows(SqlFunction.LIST_TICKETS, "closed")
    assert (row["sla"], row["clocks_met"], row["clocks_breached"]) == (None, 0, 1)


async def test_list_tickets_finds_ended_ones_by_their_verdict(tickets: Any) -> None:
    database, (met, breached, cancelled, *_) = tickets

    async def found(status: str | None, sla: str) -> set[str]:
        return set(numbers(await database.rows(SqlFunction.LIST_TICKETS, status, None, None, sla)))

    for story, state in ((met, ClockState.MET), (breached, ClockState.BREACHED), (cancelled, ClockState.CANCELLED)):
        ended = TicketStatus.CANCELLED if story is cancelled else TicketStatus.CLOSED
        kind = ClockEventKind.CANCELLED if story is cancelled else ClockEventKind.STOPPED
        story.now += 5 * HOUR
        if story is breached:
            await story.apply(story.clock(ClockEventKind.THRESHOLD, ClockState.BREACHED, percent=100))
        await story.apply(story.clock(kind, state), story.tell(TicketEnded, status=ended))
    assert await found(None, "met") == await found("closed", "met") == {met.row.number}
    assert await found("closed", "breached") == {breached.row.number}
    assert await found(None, "breached") == set(), "those that somebody can still do something about"
    assert await found("cancelled", "met") == await found("open", "met") == set()


async def test_list_tickets_says_paused(tickets: Any) -> None:
    database, (story, *_) = tickets
    await story.apply(story.clock(ClockEventKind.PAUSED, ClockState.PAUSED))
    rows = await database.rows(SqlFunction.LIST_TICKETS, None, None, None, "paused")
    assert numbers(rows) == [story.row.number]
    assert rows[0]["due_at"] is None


async def test_list_tickets_after_an_unknown_number_is_refused(database: Database) -> None:
    with pytest.raises(DatabaseRefused, match="there is no ticket FC-1 to go on after"):
        await database.rows(SqlFunction.LIST_TICKETS, None, None, None, None, 5, "FC-1")


async def test_a_key_that_is_the_id_of_another_ticket_takes_nothing_of_its_place(database: Database) -> None:
    """Keys like that are refused since; there may be some from before."""
    story = await open_story(database)
    thief = await open_story(database, key=str(story.ticket_id))
    (found,) = await database.rows(SqlFunction.FIND_TICKET_WORKFLOW, str(story.ticket_id))
    assert (found["ticket_id"], thief.ticket_id != story.ticket_id) == (story.ticket_id, True)
    for scope in ('[{"customer": "CITY-GENERAL"}]', '[{"customer": "AIIMS"}]'):
        async with database.session() as session:
            statement = text("SELECT ticket_in_scope(:id, CAST(:scope AS jsonb)), whose_ticket(:id)")
            (fits, whose) = (await session.execute(statement, {"id": story.ticket_id, "scope": scope})).one()
        assert fits == (whose["customer"] in scope)
