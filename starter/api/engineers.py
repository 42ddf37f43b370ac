"""Who is right for a ticket, what was recommended for it, and who is free."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from models.access import Action
from models.records import RecommendationOnRecord
from starter.api.problems import problems
from starter.api.shapes_engineers import FreedomOut, FreeList, SuggestionsOut
from starter.api.tickets import LONGEST_PAGE, Asked, Reference, moment_of
from starter.given import storable
from starter.reading.candidates import free_engineers, suggestions
from starter.reading.finding import ticket_id
from starter.reading.suggested import as_document, freedom_document
from starter.reading.tickets import read_ticket

router = APIRouter(tags=["engineers"])


@router.get(
    "/tickets/{reference}/suggestions",
    summary="Who should do a stage",
    response_model=SuggestionsOut,
    responses=problems(HTTPStatus.NOT_FOUND),
)
async def suggest(
    asked: Asked,
    reference: Reference,
    stage: Annotated[
        str | None, Query(max_length=100, description="An open stage. Default: the one in progress, or the next.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="Of each list.")] = 5,
) -> SuggestionsOut:
    """Candidates with scores, and what speaks for and against each, made from what is on record now."""
    found = await ticket_id(asked.database, reference)
    ranking = await suggestions(asked.database, found, None if stage is None else storable(stage, "stage"))
    return SuggestionsOut.model_validate(as_document(ranking, limit))


@router.get(
    "/tickets/{reference}/recommendations",
    summary="Whom AI recommended",
    response_model=list[RecommendationOnRecord],
    responses=problems(HTTPStatus.NOT_FOUND),
)
async def recommendations(asked: Asked, reference: Reference) -> tuple[RecommendationOnRecord, ...]:
    """What AI recommended for each stage, as it is on record, and what became of that."""
    return (await read_ticket(asked.database, reference, Action.DIAGNOSIS)).recommendations


@router.get("/engineers/free", summary="From when on engineers can work", response_model=FreeList, responses=problems())
async def free(
    asked: Asked,
    *,
    at: Annotated[AwareDatetime | None, Query(description="An instant with its offset. Default: now.")] = None,
    engineer: Annotated[
        list[str] | None, Query(max_length=LONGEST_PAGE, description="Codes. Default: everybody.")
    ] = None,
    equipment_type: Annotated[
        str | None, Query(max_length=100, description="Code of a type that they have expertise for.")
    ] = None,
) -> FreeList:
    """By shifts with their public holidays, and absences; who is free first and then the least busy."""
    for text in (*(engineer or ()), equipment_type or ""):
        storable(text, "filter")
    moment = moment_of(at) or datetime.now(UTC)
    found = await free_engineers(asked.database, moment, engineer, equipment_type)
    return FreeList(engineers=[FreedomOut.model_validate(freedom_document(one)) for one in found])
