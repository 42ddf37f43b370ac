"""Looks whether the other house was told of everything that there was to tell of a drill's tickets."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import text

from models.database import Database
from models.identity import WEBHOOK_CHANNEL
from starter.drill.house import NAME, OtherHouse
from starter.drill.plan import DrillPlan

LOOKS, LOOK_AGAIN = 300, 0.5
"""Seconds between two looks; what has not come at the last one is lost. A delivery that died with its worker is begun
anew after 30 s."""

MOST = 3
"""Events that a sentence names."""

Events = Sequence[tuple[str, int]]

# From the audit trail alone, whatever the deliveries say of themselves.
_THERE_IS = text(
    """
    SELECT t.number, a.sequence, webhook_kind(a.action, a.new_value) AS kind
    FROM audit_events AS a
    JOIN service_tickets AS t ON t.id = a.subject_id
    WHERE a.subject_table = 'service_tickets'
        AND t.idempotency_key LIKE :prefix
        AND webhook_kind(a.action, a.new_value) IS NOT NULL
    ORDER BY t.number, a.sequence
    """
)
# Tries that failed in a row make an endpoint rest; who mends it says so, as `fieldcare webhook enable` does.
_IT_IS_WELL = text("SELECT pg_notify(:channel, w.id::text) FROM webhook_endpoints AS w WHERE w.name = :name")


async def untold(plan: DrillPlan, house: OtherHouse, database: Database) -> list[str]:
    """Wait until all is told; then what is wrong, as sentences: lost, out of order, of two ids, badly signed."""
    await _it_is_well(database)
    wanted = await _there_is(plan, database)
    for _ in range(LOOKS):
        if all(len(house.events_of(number)) >= len(events) for number, events in wanted.items()):
            break
        await asyncio.sleep(LOOK_AGAIN)
    found = {number: flaw_of(events, house.events_of(number)) for number, events in wanted.items()}
    wrong = [f"{number}: {flaw}" for number, flaw in found.items() if flaw]
    return [*wrong, *house.twice(), *house.unsigned]


def flaw_of(wanted: Events, told: Events) -> str:
    """What is wrong with what the other house was told of a ticket; empty: nothing."""
    if list(wanted) == list(told):
        return ""
    lost, more = [one for one in wanted if one not in told], [one for one in told if one not in wanted]
    if lost:
        return f"the other house was never told {_some(lost)}"
    if more:
        return f"the other house was told what there is not: {_some(more)}"
    return "the other house was told out of order"


def _some(events: Events) -> str:
    named = ", ".join(f"{kind} {sequence}" for kind, sequence in events[:MOST])
    return f"{named} and {len(events) - MOST} more" if len(events) > MOST else named


async def _there_is(plan: DrillPlan, database: Database) -> Mapping[str, Events]:
    async with database.session() as session:
        rows = (await (await session.connection()).execute(_THERE_IS, {"prefix": f"{plan.key_prefix}%"})).all()
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        found[row.number].append((row.kind, row.sequence))
    return found


async def _it_is_well(database: Database) -> None:
    async with database.session() as session:
        await (await session.connection()).execute(_IT_IS_WELL, {"channel": WEBHOOK_CHANNEL, "name": NAME})
