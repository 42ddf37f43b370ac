"""The tickets that nobody is on: whatever happens to tickets and assignments, the table has them and no other."""

from __future__ import annotations

import random
from typing import Any

from bench.volume import fill
from models.contracts.facts import EngineerAssigned, StageEntry, TicketEnded
from models.contracts.told import StageRef
from models.database import Database
from models.vocabulary import TicketStatus
from models.vocabulary.people import SupportLevel
from tests.migrations.story import engineer, open_story

FIRST = "remote_diagnosis"
ENTERED: dict[str, Any] = {"key": "parts_identification", "visit": 1, "support_level": SupportLevel.L1}

SAID = "SELECT unassigned_tickets()"
MEANT = """
    SELECT t.id FROM service_tickets AS t WHERE (whose_ticket(t.id) -> 'is_free')::boolean
"""


async def free(sql: Any) -> set[Any]:
    """What the table says, which has to be what the tickets themselves say."""
    said = await sql.fetchval(SAID)
    assert len(said) == len(set(said))
    assert set(said) == {row["id"] for row in await sql.fetch(MEANT)}
    return set(said)


async def test_a_ticket_is_free_until_somebody_is_on_it_and_when_they_go(database: Database, sql: Any) -> None:
    story = await open_story(database)
    assert story.ticket_id in await free(sql)
    someone = await engineer(database, "ENG-004")
    await story.apply(story.tell(EngineerAssigned, engineer=someone, stages=(StageRef(key=FIRST, visit=1),)))
    assert story.ticket_id not in await free(sql)
    await story.apply(story.complete(FIRST, entered=(StageEntry(**ENTERED, engineer=someone),)))
    assert story.ticket_id not in await free(sql)
    await story.apply(story.tell(TicketEnded, status=TicketStatus.CANCELLED))
    assert story.ticket_id not in await free(sql)


async def test_whatever_is_changed_the_table_follows(own_sql: Any) -> None:
    chance = random.Random(41)
    await own_sql.execute("SET session_replication_role = replica")
    await fill(own_sql, 40)
    await own_sql.execute("SET session_replication_role = origin")
    assert not await free(own_sql)
    changes = (
        "UPDATE stage_assignments SET ended_at = assigned_at + interval '1 hour', status = 'released' WHERE id = $1",
        "UPDATE stage_assignments SET ended_at = NULL, status = 'active' WHERE id = $1",
        "DELETE FROM stage_assignments WHERE id = $1",
    )
    seen = set()
    for _ in range(120):
        if chance.random() < 0.3:
            ticket = chance.choice([row["id"] for row in await own_sql.fetch("SELECT id FROM service_tickets")])
            status = chance.choice(("open", "cancelled"))
            await own_sql.execute(
                "UPDATE service_tickets SET status = $2, closed_at = CASE $2 WHEN 'open' THEN NULL ELSE opened_at END "
                "WHERE id = $1",
                ticket,
                status,
            )
        else:
            one = chance.choice([row["id"] for row in await own_sql.fetch("SELECT id FROM stage_assignments")])
            await own_sql.execute(chance.choice(changes), one)
        seen |= {len(await free(own_sql))}
    assert len(seen) > 3
