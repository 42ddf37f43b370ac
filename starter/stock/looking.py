"""What lies where: lists, a part with its movements, places, and what should be ordered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.access import Action, scope_of
from models.database_calls import Calls
from models.sql_functions import SqlFunction
from starter.accounts.gate import check
from starter.given import storable
from starter.stock.changing import UnknownStock

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of parts.

    Attributes:
        following: where the next one goes on; None: this is the last one.
    """

    rows: Sequence[Row]
    following: str | None


async def list_stock(
    database: Calls,
    *,
    search: str | None = None,
    location: str | None = None,
    low: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """Parts with what there is of them, by part number.

    Args:
        search: words, each of which stands in the number or the name.
        location: what lies at this place alone.
        low: those that are at their reorder level or below, with what is on its way and on order.

    Raises:
        NotAllowed: whoever asks may not look at stock.
    """
    check(database, Action.STOCK)
    for what, text in (("search", search), ("place", location), ("cursor", after)):
        storable(text or "", what)
    rows = await database.rows(SqlFunction.LIST_STOCK, search, location, low, limit, after)
    return Page(rows, rows[-1]["part_number"] if len(rows) == limit else None)


async def read_stock(database: Calls, part: str, movements: int = 50) -> dict[str, Any]:
    """A part with balances, reservations, transfers, levels and its last movements.

    Raises:
        NotAllowed: whoever asks may not look at stock.
        UnknownStock: there is no such part.
    """
    check(database, Action.STOCK)
    found = await database.call(SqlFunction.READ_STOCK, storable(part, "part"), movements)
    if found is None:
        raise UnknownStock(f"There is no part {part} in the catalog: check the part number.")
    shown: dict[str, Any] = json.loads(found)
    if database.principal is not None and {} not in scope_of(database.principal, Action.READ):
        for one in (*shown["reservations"], *shown["movements"]):
            one["ticket"] = None  # other people's tickets are not there
    return shown


async def places(database: Calls) -> Sequence[Row]:
    """Where parts lie.

    Raises:
        NotAllowed: whoever asks may not look at stock.
    """
    check(database, Action.STOCK)
    return await database.rows(SqlFunction.LIST_STOCK_PLACES)


async def proposals(database: Calls) -> Sequence[Row]:
    """What should be ordered, or moved to a place.

    Raises:
        NotAllowed: whoever asks may not look at stock.
    """
    check(database, Action.STOCK)
    return await database.rows(SqlFunction.PROPOSE_REORDERS)
