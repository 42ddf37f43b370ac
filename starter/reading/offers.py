"""Who is asked now whether they take a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.access import Action
from models.database_calls import Calls
from models.settings import Settings
from models.sql_functions import SqlFunction
from starter.accounts.gate import check, scope_in
from starter.services import record_only


async def open_offers(database: Calls, engineer: str | None = None) -> Sequence[Mapping[str, Any]]:
    """Offers that wait for an answer, of tickets that whoever asks may see; the nearest limit first.

    Args:
        engineer: the code of who is asked; None: anybody.

    Raises:
        NotAllowed: they may not list tickets.
    """
    check(database, Action.LIST)
    return await database.rows(SqlFunction.LIST_OFFERS, engineer, scope_in(database, Action.LIST))


async def list_offers(settings: Settings, engineer: str | None = None) -> Sequence[Mapping[str, Any]]:
    """The same, where there is no connection yet."""
    async with record_only(settings) as database:
        return await open_offers(database, engineer)
