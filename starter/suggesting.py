"""What somebody may have meant who names what there is not: at most three, and none is ever taken for it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import TextClause, text

from models.database import Database, DatabaseUnavailable
from models.database_calls import Calls
from models.scoped_calls import OutOfReach
from models.spelling import closest, plain, variants
from models.sql_functions import SqlFunction

_CUSTOMERS = text("SELECT c.code FROM customers AS c ORDER BY c.code")
_STAGES = text("SELECT DISTINCT s.key FROM stage_configuration_templates AS s ORDER BY s.key")
_ENGINEERS = text("SELECT e.code FROM engineers AS e WHERE e.active ORDER BY e.code")


async def resembling_units(database: Calls, reference: str) -> tuple[str, ...]:
    """Serial numbers that look like one that no unit has; none while the database is away."""
    return await _resembling(database, SqlFunction.RESEMBLING_UNITS, "serial", reference)


async def resembling_tickets(database: Calls, reference: str) -> tuple[str, ...]:
    """Numbers and keys that look like a reference that no ticket has; none while the database is away."""
    return await _resembling(database, SqlFunction.RESEMBLING_TICKETS, "reference", reference)


async def resembling_customers(database: Database, code: str) -> tuple[str, ...]:
    """Customers' codes that look like one that there is not; none while the database is away."""
    return await _closest(database, _CUSTOMERS, code)


async def resembling_stages(database: Database, key: str) -> tuple[str, ...]:
    """Keys of stages that look like one that no template has; none while the database is away."""
    return await _closest(database, _STAGES, key)


async def resembling_engineers(database: Database, code: str) -> tuple[str, ...]:
    """Codes of active engineers that look like one that there is not; none while the database is away."""
    return await _closest(database, _ENGINEERS, code)


def did_you_mean(names: Sequence[str]) -> str:
    """The question, as a sentence with a blank before it; empty where there is nothing to suggest."""
    if not names:
        return ""
    *others, last = names
    return f" Did you mean {', '.join(others) + ' or ' if others else ''}{last}?"


async def _closest(database: Database, known: TextClause, name: str) -> tuple[str, ...]:
    with suppress(DatabaseUnavailable, OutOfReach):  # what others have is not told
        async with database.session() as session:
            return closest(name, (await session.scalars(known)).all())
    return ()


async def _resembling(database: Calls, function: SqlFunction, column: str, reference: str) -> tuple[str, ...]:
    with suppress(DatabaseUnavailable, OutOfReach):  # what others have is not told
        rows = await database.rows(function, plain(reference), variants(reference))
        return tuple(row[column] for row in rows)
    return ()
