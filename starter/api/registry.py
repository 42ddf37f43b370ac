"""`/engineers`, `/units`: the registry."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from starter.api.cursors import cursor_of, value_of
from starter.api.problems import problems
from starter.api.shapes_registry import EngineerList, EngineerOut, UnitList, UnitOut
from starter.api.tickets import LONGEST_PAGE, Asked
from starter.failures import BadInput
from starter.given import storable
from starter.reading import registry

router = APIRouter(tags=["registry"])

Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE)]
Cursor = Annotated[str | None, Query(max_length=600, description="`next` of the page before.")]


@router.get("/engineers", summary="List engineers", response_model=EngineerList, responses=problems())
async def engineers(asked: Asked, limit: Limit = 50, cursor: Cursor = None) -> EngineerList:
    """Engineers by their codes."""
    page = await registry.engineers(asked.database, limit, value_of(cursor))
    return EngineerList(
        engineers=[EngineerOut.model_validate(row) for row in page.rows], next=cursor_of(page.following)
    )


@router.get("/units", summary="List or find units", response_model=UnitList, responses=problems())
async def units(
    asked: Asked,
    *,
    customer: Annotated[str | None, Query(max_length=200, description="Code of the customer.")] = None,
    reference: Annotated[
        str | None,
        Query(max_length=200, description="Serial number, UDI, QR token, GS1 scan or id. Several may fit."),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> UnitList:
    """Units by their serial numbers, with the tickets that are open for them."""
    for text in (customer, reference):
        storable(text or "", "filter")
    after = _after(value_of(cursor))
    page = await registry.units(asked.database, customer, reference, limit, after)
    return UnitList(units=[UnitOut.model_validate(row) for row in page.rows], next=cursor_of(page.following))


def _after(value: str | None) -> str | None:
    """What a page of units ended with, as the database takes it.

    Raises:
        BadInput: no page of units ended with that.
    """
    if value is None:
        return None
    serial, _, unit = value.partition("\n")
    try:
        return f"{serial}\n{UUID(unit)}"
    except ValueError:
        raise BadInput("That is no cursor of this list. Take `next` of the page before as it is.") from None
