"""How far the audit trail may be read so that nothing is missed which is committed later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from models.sql_functions import SqlFunction

if TYPE_CHECKING:  # workflows import activities for their signatures and must not reach SQLAlchemy
    from models.database import Database

PAUSE, LONGEST_PAUSE = 0.01, 0.5
"""Seconds between two looks at whether a writer is done."""


async def settled_entry(database: Database) -> int:
    """The number of an entry up to which nothing will be added any more; 0: there is none yet.

    It waits for those who write the trail now, and for nobody who begins later. An import that writes for a minute
    holds it up for a minute.
    """
    (first,) = await database.rows(SqlFunction.AUDIT_HORIZON)
    newest, writers, pause = int(first["newest"]), set(first["writers"]), PAUSE
    while writers:
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
        (later,) = await database.rows(SqlFunction.AUDIT_HORIZON)
        writers &= set(later["writers"])
    return newest
