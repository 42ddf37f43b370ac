"""What is done about stock, in a database of a module's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from models.database import Database
from models.sql_functions import SqlFunction
from models.vocabulary.stock import StockDoing
from tests.migrations.stockroom import add_part


@dataclass(frozen=True, slots=True)
class Shelves:
    """Stock as somebody in the house changes and looks at it."""

    database: Database
    sql: Any

    async def do(self, doing: StockDoing, *, event: UUID | None = None, by: str = "clerk-1", **said: Any) -> Any:
        """Have something done; returns the answer."""
        document = json.dumps({name.rstrip("_"): value for name, value in said.items()})
        answer = await self.database.call(
            SqlFunction.CHANGE_STOCK, event or uuid4(), doing.value, document, by, "operator"
        )
        return json.loads(answer)

    async def part(self, stock: int = 0) -> str:
        """A part of ventilators, for any make; its number."""
        return await add_part(self.sql, "ventilator", stock=stock)

    async def shown(self, part: str) -> Any:
        """What is known of a part's stock."""
        return json.loads(await self.database.call(SqlFunction.READ_STOCK, part))

    async def at(self, part: str) -> dict[tuple[str, str | None], tuple[int, int]]:
        """By place and lot, how many there are and how many of them are kept."""
        shown = await self.shown(part)
        return {(one["location"], one["lot"]): (one["quantity"], one["reserved"]) for one in shown["balances"]}

    async def breaks(self) -> list[Any]:
        """Where stock is not what its movements make of it."""
        return [dict(row) for row in await self.database.rows(SqlFunction.FIND_STOCK_BREAKS)]
