"""A database that knows what it was asked."""

from __future__ import annotations

from collections import Counter
from typing import Any

from models.database import Database
from models.sql_functions import SqlFunction


class CountingDatabase(Database):
    """Counts round trips, and what they were for; but not the looks that workers take whatever happens."""

    round_trips = 0

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.called: Counter[str] = Counter()

    async def _fetch(self, function: SqlFunction, arguments: tuple[Any, ...]) -> list[Any]:
        if function is not SqlFunction.AI_PROVIDER_SETTINGS:
            self.round_trips += 1
            self.called[function] += 1
        return await super()._fetch(function, arguments)
