"""What Temporal says of the tickets that are looked at: is there a workflow that goes on for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from temporalio.service import RPCError

from activities.reconciling.standing import Standing, running_of, standing
from models.settings import Settings
from starter.calling import TemporalUnavailable
from starter.services import connected_client

WITHIN = 3.0
"""Seconds: what is on record is shown anyway."""

GONE, STUCK = "no workflow", "can't go on"

ASKED = 50
"""Listed tickets that are asked about one by one."""


async def standing_of(settings: Settings, workflow_id: str) -> Standing | None:
    """How the ticket's workflow stands; None: Temporal does not answer, or not in time."""
    try:
        async with asyncio.timeout(WITHIN):
            return await standing(await connected_client(settings), workflow_id)
    except (TimeoutError, TemporalUnavailable, RPCError):
        return None


async def troubles_of(settings: Settings, rows: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """By number, what is wrong with the listed tickets that are open on record; nothing where Temporal is silent."""
    numbers = [str(row["number"]) for row in rows if row["status"] in {"open", "on_hold"}]
    if not numbers:
        return {}
    try:
        async with asyncio.timeout(WITHIN):
            client = await connected_client(settings)
            runs = {one.number: one async for one in running_of(client, numbers)}
            missing = [row for row in rows if row["number"] in numbers and row["number"] not in runs]
            # The index lags behind by a moment: a ticket that was just opened may not be in it.
            gone = [row for row in missing[:ASKED] if not (await standing(client, str(row["workflow_id"]))).runs]
            stuck = {number for number, one in runs.items() if one.problem is not None}
    except (TimeoutError, TemporalUnavailable, RPCError):
        return {}
    return {**{str(row["number"]): GONE for row in gone}, **{str(number): STUCK for number in stuck}}
