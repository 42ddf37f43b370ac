"""`/offers`: who is asked now whether they take a stage. What is answered is a command of the ticket."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from starter.api.problems import problems
from starter.api.shapes import OfferList, OpenOffer
from starter.api.tickets import Asked
from starter.given import storable
from starter.reading.offers import open_offers

router = APIRouter(tags=["offers"])


@router.get("/offers", summary="Who is asked now", response_model=OfferList, responses=problems())
async def offers(
    asked: Asked,
    engineer: Annotated[str | None, Query(max_length=200, description="Code of who is to answer.")] = None,
) -> OfferList:
    """Stages that are offered, of the tickets that you may see, until when somebody may answer; the nearest first."""
    storable(engineer or "", "filter")
    rows = await open_offers(asked.database, engineer)
    return OfferList(offers=[OpenOffer.model_validate(row) for row in rows])
