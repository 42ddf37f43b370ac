"""Stock in the database: what is done about it, once for each id; nobody gets what is not there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from models.contracts.facts import TicketEnded
from models.database import DatabaseRefused
from models.vocabulary.stock import ReservationStatus, StockDoing
from models.vocabulary.tickets import TicketStatus
from tests.migrations.own_rows import Bench
from tests.migrations.shelves import Shelves
from tests.migrations.story import Story, open_story

D = StockDoing


@pytest.fixture
def shelves(bench: Bench) -> Shelves:
    return Shelves(bench.database, bench.sql)


@pytest_asyncio.fixture
async def ticket(bench: Bench) -> Story:
    """A ventilator's ticket."""
    return await open_story(bench.database)


@pytest_asyncio.fixture(autouse=True)
async def places(shelves: Shelves) -> None:
    houses: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("MAIN", "store", {}),
        ("NORTH", "store", {}),
        ("RECALLS", "quarantine", {}),
        ("VAN-1", "van", {"engineer": "ENG-001"}),
    )
    for code, kind, said in houses:
        await shelves.do(D.PLACE, code=code, kind=kind, **said)


async def test_what_the_catalog_says_at_first_is_a_receipt_in_the_main_store(shelves: Shelves) -> None:
    part = await shelves.part(stock=7)
    shown = await shelves.shown(part)
    assert shown["on_hand"] == 7
    [movement] = shown["movements"]
    assert (movement["kind"], movement["to"], movement["quantity"]) == ("receipt", "MAIN", 7)
    assert await shelves.at(part) == {("MAIN", None): (7, 0)}


async def test_another_number_in_the_catalog_is_a_correction(shelves: Shelves) -> None:
    part = await shelves.part(stock=7)
    await shelves.sql.execute("UPDATE equipment_parts SET stock_quantity = 4 WHERE part_number = $1", part)
    shown = await shelves.shown(part)
    assert [(one["kind"], one["quantity"]) for one in shown["movements"]] == [("correction", 3), ("receipt", 7)]
    await shelves.do(D.SEND, part=part, quantity=3, from_="MAIN", to="NORTH")
    [transfer] = (await shelves.shown(part))["transfers"]
    await shelves.do(D.TAKE_IN, transfer=transfer["transfer"])
    with pytest.raises(asyncpg.CheckViolationError, match="only 1 without a lot lie free in the main store"):
        await shelves.sql.execute("UPDATE equipment_parts SET stock_quantity = 0 WHERE part_number = $1", part)
    assert await shelves.breaks() == []


async def test_two_after_the_last_one_exactly_one_gets_it_and_the_other_is_told_when(
    shelves: Shelves, bench: Bench
) -> None:
    part = await shelves.part(stock=1)
    tickets = [await open_story(bench.database) for _ in range(4)]
    answers = await asyncio.gather(
        *(shelves.do(D.RESERVE, ticket=one.row.number, part=part, quantity=1) for one in tickets)
    )
    standings = sorted(one["standing"] for one in answers)
    assert standings == ["reserved", "short", "short", "short"]
    short = next(one for one in answers if one["standing"] == "short")
    assert (short["free"], short["by"]) == (0, "lead_time")
    when = datetime.fromisoformat(short["expected_at"]) - datetime.now(UTC)
    assert timedelta(days=1, hours=23) < when <= timedelta(days=2)
    assert await shelves.at(part) == {("MAIN", None): (1, 1)}


async def test_an_order_says_when_the_next_ones_come(shelves: Shelves, bench: Bench, ticket: Story) -> None:
    part, other = await shelves.part(), await open_story(bench.database)
    expected = datetime.now(UTC) + timedelta(days=5)
    await shelves.sql.execute(
        "INSERT INTO ticket_parts_required (ticket_id, part_id, status, quantity_identified, quantity_ordered, "
        "identified_at, requested_at, ordered_at, expected_at) SELECT $1, id, 'ordered', 2, 2, now(), now(), now(), $3 "
        "FROM equipment_parts WHERE part_number = $2",
        other.ticket_id,
        part,
        expected,
    )
    answer = await shelves.do(D.RESERVE, ticket=ticket.row.number, part=part, quantity=1)
    assert answer["by"] == "order"
    assert datetime.fromisoformat(answer["expected_at"]) == expected


async def test_sent_again_it_is_answered_again_and_done_once(shelves: Shelves, ticket: Story) -> None:
    part, event = await shelves.part(stock=5), uuid4()
    said: dict[str, Any] = {"ticket": ticket.row.number, "part": part, "quantity": 2}
    first = await shelves.do(D.RESERVE, event=event, **said)
    assert await shelves.do(D.RESERVE, event=event, **said) == first
    assert await shelves.at(part) == {("MAIN", None): (5, 2)}
    with pytest.raises(DatabaseRefused, match="something else was done under this id already"):
        await shelves.do(D.RESERVE, event=event, **said | {"quantity": 3})
    # Too few are no answer for ever.
    later = uuid4()
    assert (await shelves.do(D.RESERVE, event=later, **said | {"quantity": 4}))["standing"] == "short"
    await shelves.do(D.RECEIVE, part=part, quantity=4, to="MAIN")
    assert (await shelves.do(D.RESERVE, event=later, **said | {"quantity": 4}))["standing"] == "reserved"


async def test_what_expires_first_goes_first_and_nothing_expired_or_blocked(shelves: Shelves, ticket: Story) -> None:
    part = await shelves.part()
    today = datetime.now(UTC).date()
    for lot, days in (("OLD", -1), ("NEXT", 20), ("LATER", 90), ("BAD", 5)):
        await shelves.do(
            D.RECEIVE, part=part, quantity=2, to="MAIN", lot=lot, expires_on=str(today + timedelta(days=days))
        )
    await shelves.do(D.BLOCK, part=part, lot="BAD", reason="Recall 2026-17")
    answer = await shelves.do(D.RESERVE, ticket=ticket.row.number, part=part, quantity=3)
    assert [(one["lot"], one["quantity"]) for one in answer["taken"]] == [("NEXT", 2), ("LATER", 1)]
    short = await shelves.do(D.RESERVE, ticket=ticket.row.number, part=part, quantity=2)
    assert (short["standing"], short["free"]) == ("short", 1)
    for lot, why in (("OLD", "has expired"), ("BAD", "is blocked: Recall 2026-17")):
        with pytest.raises(DatabaseRefused, match=why):
            await shelves.do(D.USE, ticket=ticket.row.number, part=part, quantity=1, lot=lot)


async def test_a_recalled_lot_is_taken_back_from_tickets_and_goes_into_quarantine_alone(
    shelves: Shelves, ticket: Story
) -> None:
    part = await shelves.part()
    await shelves.do(D.RECEIVE, part=part, quantity=3, to="MAIN", lot="L1")
    await shelves.do(D.RESERVE, ticket=ticket.row.number, part=part, quantity=2)
    answer = await shelves.do(D.BLOCK, part=part, lot="L1", reason="Recall")
    assert answer["tickets"] == [ticket.row.number]
    assert await shelves.at(part) == {("MAIN", "L1"): (3, 0)}
    with pytest.raises(DatabaseRefused, match="the lot is blocked"):
        await shelves.do(D.SEND, part=part, quantity=3, from_="MAIN", to="NORTH", lot="L1")
    sent = await shelves.do(D.SEND, part=part, quantity=3, from_="MAIN", to="RECALLS", lot="L1")
    await shelves.do(D.TAKE_IN, transfer=sent["transfer"])
    await shelves.do(D.UNBLOCK, part=part, lot="L1", reason="It was the lot before")
    assert (await shelves.do(D.RESERVE, ticket=ticket.row.number, part=part, quantity=1))["free"] == 0


async def test_a_transfer_is_nowhere_until_it_is_received(shelves: Shelves) -> None:
    part = await shelves.part(stock=5)
    sent = await shelves.do(D.SEND, part=part, quantity=4, from_="MAIN", to="VAN-1")
    assert await shelves.at(part) == {("MAIN", None): (1, 0)}
    some = await shelves.do(D.TAKE_IN, transfer=sent["transfer"], quantity=3)
    assert some["outstanding"] == 1
    assert await shelves.at(part) == {("MAIN", None): (1, 0), ("VAN-1", None): (3, 0)}
    with pytest.raises(DatabaseRefused, match="of that transfer 1 are still on their way"):
        await shelves.do(D.TAKE_IN, transfer=sent["transfer"], quantity=2)
    with pytest.raises(DatabaseRefused, match="still holds parts"):
        await shelves.do(D.PLACE, code="VAN-1", active=False)
    await shelves.do(D.TAKE_IN, transfer=sent["transfer"])
    with pytest.raises(DatabaseRefused, match="of that transfer 0 are still on their way"):
        await shelves.do(D.TAKE_IN, transfer=sent["transfer"])
    assert await shelves.breaks() == []


async def test_who_counts_says_which_state_they_saw(shelves: Shelves, ticket: Story) -> None:
    part = await shelves.part(stock=5)
    [seen] = (await shelves.shown(part))["balances"]
    await shelves.do(D.WASTE, part=part, location="MAIN", quantity=1, reason="Dropped")
    counted: dict[str, Any] = {"part": part, "location": "MAIN", "counted": 3, "reason": "Stocktaking"}
    with pytest.raises(DatabaseRefused, match="parts have moved there since") as refused:
        await shelves.do(D.COUNT, version=seen["version"], **counted)
    assert refused.value.sqlstate == "FC013"
    [seen] = (await shelves.shown(part))["balances"]
    assert (await shelves.do(D.COUNT, version=seen["version"], **counted))["difference"] == -1
    await shelves.do(D.RESERVE, ticket=ticket.row.number, part=part, quantity=3)
    [seen] = (await shelves.shown(part))["balances"]
    with pytest.raises(DatabaseRefused, match="3 of them are kept for tickets"):
        await shelves.do(D.COUNT, version=seen["version"], **counted | {"counted": 2})


async def test_a_part_s_line_on_the_ticket_goes_from_requested_to_used_and_back(
    shelves: Shelves, ticket: Story
) -> None:
    part, number = await shelves.part(stock=5), ticket.row.number

    async def line() -> tuple[Any, ...]:
        return tuple(
            await shelves.sql.fetchrow(
                "SELECT r.status, r.quantity_identified, r.quantity_used, r.quantity_returned "
                "FROM ticket_parts_required r JOIN equipment_parts p ON p.id = r.part_id "
                "WHERE r.ticket_id = $1 AND p.part_number = $2",
                ticket.ticket_id,
                part,
            )
        )

    await shelves.do(D.RESERVE, ticket=number, part=part, quantity=3)
    assert await line() == ("requested", 3, 0, 0)
    await shelves.do(D.USE, ticket=number, part=part, quantity=2)
    assert await line() == ("used", 3, 2, 0)
    assert await shelves.at(part) == {("MAIN", None): (3, 1)}
    await shelves.do(D.RETURN, ticket=number, part=part, quantity=1, to="MAIN")
    assert await line() == ("used", 3, 1, 1)
    await shelves.do(D.RETURN, ticket=number, part=part, quantity=1, to="MAIN")
    assert await line() == ("received", 3, 0, 2)
    with pytest.raises(DatabaseRefused, match="the ticket has used 0 of them"):
        await shelves.do(D.RETURN, ticket=number, part=part, quantity=1, to="MAIN")
    await shelves.do(D.USE, ticket=number, part=part, quantity=4)
    assert await line() == ("used", 3, 4, 2)
    assert await shelves.at(part) == {("MAIN", None): (1, 0)}
    assert await shelves.breaks() == []


async def test_a_part_that_does_not_fit_the_unit_is_neither_reserved_nor_used(shelves: Shelves, ticket: Story) -> None:
    part = await shelves.part(stock=1)
    await shelves.sql.execute(
        "UPDATE equipment_parts SET equipment_type_id = (SELECT id FROM equipment_catalog WHERE code = 'ct_scanner') "
        "WHERE part_number = $1",
        part,
    )
    for doing in (D.RESERVE, D.USE):
        with pytest.raises(DatabaseRefused, match="is for the type"):
            await shelves.do(doing, ticket=ticket.row.number, part=part, quantity=1)
    assert await shelves.at(part) == {("MAIN", None): (1, 0)}


@pytest.mark.parametrize("status", [TicketStatus.CLOSED, TicketStatus.CANCELLED])
async def test_a_reservation_ends_with_its_ticket(shelves: Shelves, ticket: Story, status: TicketStatus) -> None:
    part, another = await shelves.part(stock=5), await shelves.part(stock=2)
    for one in (part, another):
        await shelves.do(D.RESERVE, ticket=ticket.row.number, part=one, quantity=2)
    await ticket.apply(ticket.tell(TicketEnded, status=status, reason="Done"))
    assert await shelves.at(part) == {("MAIN", None): (5, 0)}
    assert await shelves.at(another) == {("MAIN", None): (2, 0)}
    for doing in (D.RESERVE, D.USE):
        with pytest.raises(DatabaseRefused, match="has ended"):
            await shelves.do(doing, ticket=ticket.row.number, part=part, quantity=1)
    assert await shelves.breaks() == []


async def test_a_reservation_and_the_end_of_its_ticket_at_once_leave_nothing_kept(
    shelves: Shelves, bench: Bench
) -> None:
    part = await shelves.part(stock=50)
    for _ in range(10):
        ticket = await open_story(bench.database)
        await asyncio.gather(
            *(shelves.do(D.RESERVE, ticket=ticket.row.number, part=part, quantity=1) for _ in range(3)),
            ticket.apply(ticket.tell(TicketEnded, status=TicketStatus.CANCELLED, reason="x")),
            return_exceptions=True,
        )
    assert await shelves.at(part) == {("MAIN", None): (50, 0)}


async def test_a_reservation_lapses_at_its_time(shelves: Shelves, bench: Bench, ticket: Story) -> None:
    part = await shelves.part(stock=1)
    await shelves.do(
        D.RESERVE,
        ticket=ticket.row.number,
        part=part,
        quantity=1,
        until=str(datetime.now(UTC) + timedelta(milliseconds=200)),
    )
    other = await open_story(bench.database)
    await asyncio.sleep(0.25)  # the database's own clock has to pass that time
    answer = await shelves.do(D.RESERVE, ticket=other.row.number, part=part, quantity=1)
    assert answer["standing"] == "reserved"


async def test_of_a_serial_number_there_is_one(shelves: Shelves, ticket: Story) -> None:
    part = await shelves.part()
    await shelves.do(D.RECEIVE, part=part, quantity=1, to="MAIN", serial="SN-1")
    with pytest.raises(DatabaseRefused, match="there is one already"):
        await shelves.do(D.RECEIVE, part=part, quantity=1, to="NORTH", serial="SN-1")
    await shelves.do(D.SEND, part=part, quantity=1, from_="MAIN", to="NORTH", lot="SN-1")
    with pytest.raises(DatabaseRefused, match="there is one already"):
        await shelves.do(D.RECEIVE, part=part, quantity=1, to="NORTH", serial="SN-1")
    with pytest.raises(DatabaseRefused, match="there is one part with a serial number"):
        await shelves.do(D.RECEIVE, part=part, quantity=2, to="NORTH", serial="SN-2")
    assert ticket is not None


async def test_movements_are_never_changed(shelves: Shelves) -> None:
    await shelves.part(stock=1)
    for change in (
        "UPDATE stock_movements SET quantity = 9",
        "DELETE FROM stock_movements",
        "DELETE FROM stock_events",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="is append-only"):
            await shelves.sql.execute(change)


async def test_what_is_written_by_hand_is_found(shelves: Shelves, bench: Bench) -> None:
    part = await shelves.part(stock=3)
    async with bench.sql.transaction():
        await bench.sql.execute(
            "UPDATE stock_balances SET quantity = 9 WHERE part_id = "
            "(SELECT id FROM equipment_parts WHERE part_number = $1)",
            part,
        )
        found = await bench.sql.fetch(
            "SELECT kind, expected, found FROM find_stock_breaks() WHERE part_number = $1", part
        )
        await bench.sql.execute(
            "UPDATE stock_balances SET quantity = 3 WHERE part_id = "
            "(SELECT id FROM equipment_parts WHERE part_number = $1)",
            part,
        )
    assert {(one["kind"], one["expected"], one["found"]) for one in found} == {("balance", 3, 9), ("total", 9, 3)}


async def test_what_is_low_is_proposed_less_what_is_on_its_way(shelves: Shelves) -> None:
    part = await shelves.part(stock=1)  # its reorder level is 1
    await shelves.sql.execute("UPDATE equipment_parts SET reorder_level = 4 WHERE part_number = $1", part)
    await shelves.do(D.LEVEL, part=part, location="VAN-1", minimum=1, reorder_point=1)

    async def proposed() -> list[tuple[Any, ...]]:
        rows = await shelves.sql.fetch("SELECT * FROM propose_reorders() WHERE part_number = $1", part)
        return [(one["location"], one["quantity"], one["move_from"]) for one in rows]

    assert await proposed() == [(None, 4, None), ("VAN-1", 2, None)]
    await shelves.do(D.RECEIVE, part=part, quantity=9, to="MAIN")
    assert await proposed() == [("VAN-1", 2, "MAIN")]
    await shelves.do(D.SEND, part=part, quantity=2, from_="MAIN", to="VAN-1")
    assert await proposed() == []


# -- every status and every event --------------------------------------------------------------------------------------

HELD, CONSUMED, RELEASED = ReservationStatus
EVENTS = {
    "use": {HELD: CONSUMED, CONSUMED: CONSUMED, RELEASED: RELEASED},
    "release": {HELD: RELEASED, CONSUMED: CONSUMED, RELEASED: RELEASED},
    "recall": {HELD: RELEASED, CONSUMED: CONSUMED, RELEASED: RELEASED},
    "end": {HELD: RELEASED, CONSUMED: CONSUMED, RELEASED: RELEASED},
    "lapse": {HELD: RELEASED, CONSUMED: CONSUMED, RELEASED: RELEASED},
}


@pytest.mark.parametrize(("event", "before"), [(event, before) for event in EVENTS for before in ReservationStatus])
async def test_every_status_has_its_answer_to_every_event(
    shelves: Shelves, ticket: Story, event: str, before: ReservationStatus
) -> None:
    part, number = await shelves.part(), ticket.row.number
    await shelves.do(D.RECEIVE, part=part, quantity=2, to="MAIN", lot="L1")
    await shelves.do(D.RESERVE, ticket=number, part=part, quantity=1)
    of_it = "WHERE part_id = (SELECT id FROM equipment_parts WHERE part_number = $1)"
    reservation = await shelves.sql.fetchval(f"SELECT id FROM stock_reservations {of_it}", part)  # noqa: S608
    how: dict[str, Any] = {"quantity": 1} if before is CONSUMED else {}
    if before is not HELD:
        await shelves.do(
            D.USE if before is CONSUMED else D.RELEASE,
            ticket=number,
            part=part,
            **how,
        )
    match event:
        case "use":
            await shelves.do(D.USE, ticket=number, part=part, quantity=1)
        case "release":
            await shelves.do(D.RELEASE, ticket=number)
        case "recall":
            await shelves.do(D.BLOCK, part=part, lot="L1", reason="Recall")
        case "end":
            await ticket.apply(ticket.tell(TicketEnded, status=TicketStatus.CANCELLED, reason="x"))
        case "lapse":
            await shelves.sql.execute(
                "UPDATE stock_reservations SET held_until = now() - interval '1 s' WHERE id = $1 AND status = 'held'",
                reservation,
            )
            await shelves.sql.fetchval(
                "SELECT lapse_reservations(id) FROM equipment_parts WHERE part_number = $1", part
            )
    found = await shelves.sql.fetchval("SELECT status FROM stock_reservations WHERE id = $1", reservation)
    assert found == EVENTS[event][before]
    assert await shelves.breaks() == []


@pytest.mark.parametrize("before", [CONSUMED, RELEASED])
@pytest.mark.parametrize("after", ReservationStatus)
async def test_what_has_ended_stays_as_it_is(
    shelves: Shelves, ticket: Story, before: ReservationStatus, after: ReservationStatus
) -> None:
    part, number = await shelves.part(stock=3), ticket.row.number
    how: dict[str, Any] = {"quantity": 1} if before is CONSUMED else {}
    await shelves.do(D.RESERVE, ticket=number, part=part, quantity=1)
    await shelves.do(
        D.USE if before is CONSUMED else D.RELEASE,
        ticket=number,
        part=part,
        **how,
    )
    with pytest.raises(asyncpg.CheckViolationError, match="stays as it is"):
        await shelves.sql.execute(
            "UPDATE stock_reservations SET status = $2, ended_at = CASE WHEN $2 <> 'held' THEN now() END "
            "WHERE ticket_id = $1",
            ticket.ticket_id,
            after.value,
        )
