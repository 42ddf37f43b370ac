"""A drill signs some tickets by hand, and what it signed fits the record afterwards."""

from __future__ import annotations

from starter.auditing.signatures import verify_signatures
from starter.drill import DrillPlan
from starter.drill.crowd import Crowd
from tests.field import Field


async def test_tickets_that_a_crowd_brings_to_their_end_are_signed(field: Field) -> None:
    plan = DrillPlan(tickets=4, concurrency=4, seed=3)
    crowd = Crowd(plan, field.client, field.database, field.task_queue)
    crowd.last_orders = True
    await crowd.drive()
    assert not crowd.account.unexpected
    numbers = [opened.number for key, opened in crowd.account.opened.items() if key in crowd.account.closed]
    assert numbers
    checked = [await verify_signatures(field.database, number) for number in numbers]
    assert sum(one.count for one in checked) > 0
    assert all(one.fit for one in checked)
