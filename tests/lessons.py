"""Verified tickets of an installation that is not as the knowledge base has it: its people speak otherwise, and words
mean other faults there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from activities.ai.local.faults import load_knowledge
from bench.lessons import FILLER, lesson
from bench.volume import SEARCHED
from tests.factories import HOUR, T0

FAULTS = {one.id: one for one in load_knowledge().faults["ventilator"]}

SAID: dict[str, tuple[str, ...]] = {
    # Words that no entry knows.
    "vent-circuit-leak": ("sings like a kettle", "kettle noise at the bedside", "the kettle again, louder"),
    "vent-fan-filter": ("smells of toast", "toast smell near the wall", "somebody burns toast inside"),
    # Words of other entries: the shipped model names the battery, or the screen.
    "vent-no-power": ("battery low although it stands at its place", "battery empty in bay seven", "low battery alarm"),
    "vent-flow-sensor": ("screen shows nonsense volumes", "screen black for volumes", "touchscreen frozen at volumes"),
    # As the knowledge base has it.
    "vent-filter-blocked": ("high airway pressure alarm and the filter is wet", "expiratory filter soaked"),
}
COLUMNS = (
    "id", "number", "idempotency_key", "workflow_id", "equipment_id", "customer_id", "site_id",
    "service_configuration_id", "description", "priority", "reporter_code", "reporter_role", "status", "opened_at",
    "closed_at", "last_sequence", "verified_cause", "verified_code", "verified_by_code", "verified_at",
)  # fmt: skip


def lessons(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows as `verified_tickets()` gives them, in the order of time."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        fault = FAULTS[chance.choices(list(SAID), weights=(5, 4, 3, 2, 2))[0]]
        words = chance.choice(SAID[fault.id]).split()
        for filler in chance.sample(FILLER, 3):
            words.insert(chance.randrange(len(words) + 1), filler)
        found.append(lesson(" ".join(words), fault.cause, fault.code))
    return found


def mixed_up(rows: Sequence[dict[str, Any]], first: int | None = None, seed: int = 2) -> list[dict[str, Any]]:
    """The same rows, the causes of the first so many dealt out anew."""
    some = list(rows[:first])
    truths = [(row["verified_cause"], row["verified_code"]) for row in some]
    random.Random(seed).shuffle(truths)
    dealt = zip(some, truths, strict=True)
    return [{**row, "verified_cause": cause, "verified_code": code} for row, (cause, code) in dealt] + [
        *rows[len(some) :]
    ]


async def store(sql: Any, rows: Sequence[dict[str, Any]], begin: datetime = T0) -> None:
    """Put the rows into a database as closed tickets of a ventilator: each opened an hour after the one before, closed
    and verified half an hour later.

    Triggers are passed by, as for any bulk of rows; what `index_closed_ticket()` does is done at the end.
    """
    unit = await sql.fetchrow("SELECT id, customer_id, site_id FROM equipment_registry WHERE serial = 'VENT-ICU-001'")
    configuration = await sql.fetchval("SELECT id FROM manufacturer_service_config LIMIT 1")
    records = []
    for place, row in enumerate(rows):
        name, opened = uuid4(), begin + place * HOUR
        closed = opened + timedelta(minutes=30)
        number = f"FC-2019-{name.int % 1_000_000_000:09}"
        records.append((
            name, number, str(name), str(name), unit["id"], unit["customer_id"], unit["site_id"], configuration,
            row["description"], "P3", "NURSE-1", "hospital", "closed", opened, closed, 1, row["verified_cause"],
            row["verified_code"], "ENG-004", closed,
        ))  # fmt: skip
    async with sql.transaction():
        await sql.execute("SET LOCAL session_replication_role = replica")
        await sql.copy_records_to_table("service_tickets", records=records, columns=COLUMNS)
        await sql.execute("DELETE FROM ticket_search")
        await sql.execute(SEARCHED)
