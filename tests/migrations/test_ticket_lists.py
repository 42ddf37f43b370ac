"""Lists of tickets: whatever the filters, the order, the page's size and whoever asks, they have exactly what fits.

The rows are those of bench/volume.py, with all that a list goes by thrown about; what must come out is worked out here
from what the tables have, and from `ticket_in_scope()`.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from bench.volume import FREE, WORDS, fill
from tests.databases import make_database

TICKETS = 240

THROWN_ABOUT = (
    "SELECT setseed(0.13)",
    # Several at once, so that the id decides.
    "UPDATE service_tickets SET opened_at = date_trunc('week', opened_at) WHERE random() < 0.7",
    "UPDATE service_tickets SET status = 'open', closed_at = NULL WHERE random() < 0.4",
    "UPDATE service_tickets SET status = 'on_hold', hold_reason = 'other', held_since = opened_at, resume_at = now() "
    "WHERE status = 'open' AND random() < 0.3",
    "UPDATE service_tickets SET status = 'cancelled' WHERE status = 'closed' AND random() < 0.2",
    "UPDATE service_tickets SET description = 'Pump ' || description WHERE random() < 0.2",
    "UPDATE equipment_registry SET manufacturer_id = (SELECT id FROM manufacturers WHERE code = 'GE') "
    "WHERE random() < 0.2",
    "UPDATE ticket_workflow_instances SET current_stages = ARRAY['stage_3', 'stage_2'] WHERE random() < 0.2",
    # A visit may have several people, of whom some have gone.
    "UPDATE stage_assignments SET ended_at = assigned_at, status = 'released' WHERE random() < 0.4",
    "UPDATE stage_assignments SET ended_at = NULL, status = 'active' WHERE random() < 0.2",
    "UPDATE stage_assignments SET engineer_id = (SELECT id FROM engineers WHERE code = 'VOL-1') WHERE random() < 0.1",
    "UPDATE stage_assignments SET assignment_type = 'support' WHERE random() < 0.2",
    "UPDATE sla_clocks SET thresholds_fired = '{50}' WHERE random() < 0.3",
    "UPDATE sla_clocks SET thresholds_fired = '{50,75}' WHERE random() < 0.2",
    "UPDATE sla_clocks SET thresholds_fired = '{50,75,100}', state = 'breached' WHERE random() < 0.15",
    "UPDATE sla_clocks SET state = 'paused', due_at = NULL WHERE ended_at IS NULL AND random() < 0.2",
    "UPDATE sla_clocks SET due_at = date_trunc('week', due_at) + random(7, 9) * interval '1 day' WHERE random() < 0.7",
    "UPDATE sla_clocks SET ended_at = NULL, state = 'running' WHERE state = 'met' AND random() < 0.3",
    "UPDATE sla_clocks SET ended_at = started_at + elapsed, state = 'met' WHERE state = 'running' AND random() < 0.2",
    "DELETE FROM ticket_words",
    WORDS,
    "DELETE FROM free_tickets",
    FREE,
    "SET session_replication_role = origin",
    "ANALYZE",
)

ROWS = """
    SELECT t.id, t.number, t.status, t.priority, t.opened_at, c.code AS customer, i.current_stages AS stages,
        u.serial, s.state AS sla, s.due_at, s.clocks_met, s.clocks_breached,
        concat_ws(' ', t.number, t.description, u.serial, c.code, c.name, w.code, w.name) AS text,
        ARRAY(
            SELECT p.code FROM stage_assignments AS a JOIN engineers AS p ON p.id = a.engineer_id
            JOIN workflow_stage_transitions AS v ON v.id = a.transition_id
            WHERE v.instance_id = i.id AND a.ended_at IS NULL
        ) AS engineers
    FROM service_tickets AS t JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    JOIN customers AS c ON c.id = t.customer_id JOIN customer_sites AS w ON w.id = t.site_id
    JOIN equipment_registry AS u ON u.id = t.equipment_id CROSS JOIN LATERAL ticket_sla(t.id) AS s
"""

Row = Mapping[str, Any]


@pytest_asyncio.fixture(scope="module")
async def sql(postgres_url: str) -> AsyncIterator[Any]:
    url = make_url(postgres_url)
    server = url.set(database="postgres").render_as_string(hide_password=False)
    connection = await asyncpg.connect(await make_database(server, "lists", str(url.database)))
    await fill(connection, TICKETS)
    await connection.execute("SET session_replication_role = replica")
    for statement in THROWN_ABOUT:
        await connection.execute(statement)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def changed(sql: Any) -> AsyncIterator[Any]:
    """The same database, for changes that are taken back."""
    transaction = sql.transaction()
    await transaction.start()
    yield sql
    await transaction.rollback()


@pytest_asyncio.fixture(scope="module")
async def rows(sql: Any) -> Sequence[Row]:
    found = await sql.fetch(ROWS)
    assert len(found) >= TICKETS
    return [dict(row) for row in found]


def runs(row: Row) -> bool:
    return row["status"] in {"open", "on_hold"}


def verdict(row: Row) -> str | None:
    return "breached" if row["clocks_breached"] else "met" if row["clocks_met"] else None


def has_words(row: Row, value: str) -> bool:
    words = {row["number"].rpartition("-")[2].lstrip("0"), *re.findall(r"[a-z0-9]+", row["text"].lower())}
    asked = re.findall(r"[a-z0-9]+", value.lower())
    return all(any(word == one or (len(one) > 1 and word.startswith(one)) for word in words) for one in asked)


RULES: Mapping[str, Callable[[Row, Any], bool]] = {
    "p_status": lambda row, value: bool(row["status"] == value),
    "p_priority": lambda row, value: bool(row["priority"] == value),
    "p_customer": lambda row, value: bool(row["customer"] == value.upper()),
    "p_unit": lambda row, value: bool(row["serial"] == value.upper()),
    "p_stage": lambda row, value: runs(row) and value in row["stages"],
    "p_engineer": lambda row, value: value.upper() in row["engineers"],
    "p_unassigned": lambda row, value: not value or (runs(row) and not row["engineers"]),
    "p_search": has_words,
}


def fits(row: Row, wanted: Mapping[str, Any]) -> bool:
    if (sla := wanted.get("p_sla")) is not None:
        asked_for = sla == "met" or wanted.get("p_status") in {"closed", "cancelled"}
        if (row["sla"] if runs(row) else verdict(row) if asked_for else None) != sla:
            return False
    return all(RULES[name](row, value) for name, value in wanted.items() if name in RULES)


def in_order(found: list[Row], *, by_due: bool) -> list[str]:
    newest = sorted(found, key=lambda row: (row["opened_at"], row["id"]), reverse=True)
    if by_due:
        newest.sort(key=lambda row: row["due_at"] if runs(row) and row["due_at"] else NEVER)
    return [row["number"] for row in newest]


async def pages(sql: Any, limit: int, wanted: Mapping[str, Any]) -> list[str]:
    """All pages of a list, one after another."""
    found: list[str] = []
    after: str | None = None
    while True:
        arguments = {**wanted, "p_limit": limit, "p_after": after}
        named = ", ".join(f"{name} => ${place}" for place, name in enumerate(arguments, 1))
        page = await sql.fetch(f"SELECT * FROM list_tickets({named})", *arguments.values())  # noqa: S608 - our own names
        found += [row["number"] for row in page]
        assert len(found) <= TICKETS * 2, "it goes round"
        if len(page) < limit:
            return found
        due = page[-1]["due_at"]
        after = page[-1]["number"]
        if wanted.get("p_sort") == "due":
            after = f"{after}@{due.isoformat() if due else ''}"


FILTERS: Mapping[str, Sequence[Any]] = {
    "p_status": ("open", "on_hold", "closed", "cancelled"),
    "p_customer": ("VOL-3", "vol-7"),
    "p_stage": ("stage_2", "stage_3"),
    "p_sla": ("on_track", "warning", "at_risk", "paused", "breached", "met"),
    "p_engineer": ("VOL-1", "vol-9"),
    "p_unassigned": (True, False),
    "p_priority": ("P1", "P3"),
    "p_unit": ("VOL-9", "vol-11"),
    "p_search": ("alarm", "ALAR", "pump 3", "hospital 7", "FC-2025-0000", "12", "vol pump ward", "nothing", "1"),
}

GRANTS: Sequence[Mapping[str, Any]] = (
    {"customer": "VOL-3"},
    {"customer": "VOL-7", "site": "WARD"},
    {"customer": "VOL-7", "site": "NOWHERE"},
    {"customer": "NOBODY"},
    {"site": "WARD"},
    {"manufacturer": "GE"},
    {"manufacturer": "PHILIPS"},
    {"manufacturer": "HAMILTON"},
    {"engineer": "VOL-1"},
    {"engineer": "VOL-250"},
    {"engineer": "NOBODY"},
    {"free": True},
    {"engineer": "VOL-1", "customer": "VOL-3"},
    {"free": True, "manufacturer": "GE"},
    {"region": "north"},
    {},
)

CASES = 160

NEVER = datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("seed", range(8))
async def test_pages_have_what_fits_once_and_nothing_else(sql: Any, rows: Sequence[Row], seed: int) -> None:
    chance = random.Random(seed)
    shown = 0
    for _ in range(CASES // 8):
        names = chance.sample(sorted(FILTERS), chance.choice((0, 0, 1, 1, 2, 3)))
        wanted: dict[str, Any] = {name: chance.choice(FILTERS[name]) for name in names}
        scope = None if chance.random() < 0.2 else json.dumps(chance.sample(GRANTS, chance.choice((0, 1, 1, 2, 3))))
        sort = chance.choice(("newest", "due"))
        theirs = {
            row["id"]
            for row in await sql.fetch(
                "SELECT id FROM service_tickets WHERE $1::jsonb IS NULL OR ticket_in_scope(id, $1)", scope
            )
        }
        expected = in_order(
            [row for row in rows if row["id"] in theirs and fits(row, wanted)],
            by_due=sort == "due",
        )
        limit = 1 if len(expected) < 12 else chance.choice((7, 40, 100))
        try:
            found = await pages(sql, limit, {**wanted, "p_scope": scope, "p_sort": sort})
        except asyncpg.InvalidParameterValueError as refused:
            assert str(refused).startswith("there is no unit")  # it is nobody's whom the scope is of
            assert expected == []
            continue
        assert found == expected, (wanted, scope, sort)
        shown += len(found)
    assert shown > TICKETS // 2


async def test_a_ticket_is_found_by_its_words_as_they_are_now(changed: Any) -> None:
    async def found(words: str) -> list[str]:
        return [row["number"] for row in await changed.fetch("SELECT * FROM list_tickets(p_search => $1)", words)]

    number = "FC-2025-000077"
    await changed.execute("UPDATE service_tickets SET description = 'Überdruck am Y‑Stück' WHERE number = $1", number)
    for words in ("überdruck", "ÜBERDRUCK stück", "ÜBERD stück 77", "y-stück, überdruck!", "fc-2025-000077 stü"):
        assert await found(words) == [number], words
    for words in ("yst", "druck", "überdruck alarm", "stück s"):
        assert await found(words) == [], words
    unit = await changed.fetchval("SELECT equipment_id FROM service_tickets WHERE number = $1", number)
    await changed.execute("UPDATE equipment_registry SET serial = 'मॉनिटर-१२' WHERE id = $1", unit)
    assert number in await found("मॉनिटर") and number in await found("मॉनिटर-12")
    customer = await changed.fetchval("SELECT customer_id FROM service_tickets WHERE number = $1", number)
    await changed.execute("UPDATE customers SET name = 'Klinikum Süd' WHERE id = $1", customer)
    assert number in await found("klinikum 77")
    await changed.execute("UPDATE customer_sites SET name = 'Intensiv' WHERE customer_id = $1", customer)
    assert number in await found("klinikum intensiv")


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ({"p_customer": "NOBODY"}, "there is no customer NOBODY"),
        ({"p_engineer": "ENG-999"}, "there is no engineer ENG-999"),
        ({"p_unit": "NO-SUCH"}, "there is no unit NO-SUCH"),
        ({"p_stage": "nowhere"}, "there is no stage nowhere"),
        ({"p_search": " - ! "}, 'there is no word in " - ! " to search for'),
        ({"p_sort": "oldest"}, "lists are sorted by newest or due, not by oldest"),
        ({"p_after": "FC-1"}, "there is no ticket FC-1 to go on after"),
        ({"p_after": "FC-2025-000001@"}, 'a list that is sorted by newest does not go on after "FC-2025-000001@"'),
        (
            {"p_after": "FC-2025-000001", "p_sort": "due"},
            'a list that is sorted by due does not go on after "FC-2025-000001"',
        ),
        (
            {"p_after": "FC-2025-000001@soon", "p_sort": "due"},
            'a list that is sorted by due does not go on after "FC-2025-000001@soon"',
        ),
        ({"p_unit": "VOL-9", "p_scope": '[{"customer": "VOL-3"}]'}, "there is no unit VOL-9"),
        (
            {"p_after": "FC-2025-000001@", "p_sort": "due", "p_scope": '[{"customer": "VOL-30"}]'},
            "there is no ticket FC-2025-000001 to go on after",
        ),
    ],
)
async def test_what_there_is_not_is_refused_in_words(sql: Any, filters: Mapping[str, Any], sentence: str) -> None:
    named = ", ".join(f"{name} => ${place}" for place, name in enumerate(filters, 1))
    with pytest.raises(asyncpg.InvalidParameterValueError) as refused:
        await sql.fetch(f"SELECT * FROM list_tickets({named})", *filters.values())  # noqa: S608 - our own names
    assert str(refused.value) == sentence
