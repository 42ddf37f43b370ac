"""Engineers and units, as the registry has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.access import Action
from models.database_calls import Calls
from models.sql_functions import SqlFunction
from starter.accounts.gate import check, scope_in
from starter.scans import scanned

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the registry.

    Attributes:
        following: where the next one goes on; None: this is the last one.
    """

    rows: Sequence[Row]
    following: str | None


async def engineers(database: Calls, limit: int, after: str | None) -> Page:
    """Engineers by their codes.

    Raises:
        NotAllowed: whoever asks may not look them up.
    """
    check(database, Action.ENGINEERS)
    rows = await database.rows(SqlFunction.LIST_ENGINEERS, limit, after)
    return Page(rows, str(rows[-1]["code"]) if len(rows) == limit else None)


async def units(database: Calls, customer: str | None, reference: str | None, limit: int, after: str | None) -> Page:
    """Units by their serial numbers.

    Args:
        customer: whose, by their code.
        reference: what it is called: a serial number, a UDI, a QR token, an id, or what a scanner reads of a label.

    Raises:
        NotAllowed: whoever asks may not look them up.
    """
    check(database, Action.UNITS)
    scope = scope_in(database, Action.UNITS)
    rows = await database.rows(SqlFunction.LIST_UNITS, customer, reference, limit, after, scope)
    if not rows and reference is not None and after is None:
        name, _ = scanned(reference)
        if name is not None and name != reference:
            rows = await database.rows(SqlFunction.LIST_UNITS, customer, name, limit, after, scope)
    return Page(rows, f"{rows[-1]['serial']}\n{rows[-1]['equipment_id']}" if len(rows) == limit else None)
