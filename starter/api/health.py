"""`/health`, `/metrics`: whether the server can do its work, and how all tickets are."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from models.access import Action
from models.database import DatabaseError
from starter.accounts.gate import check
from starter.api.problems import problems
from starter.api.shapes import Health
from starter.api.tickets import Asked
from starter.calling import is_there
from starter.failures import Failure, Told
from starter.reading import health
from starter.web.asking import engines_of
from starter.web.engines import Engines

router = APIRouter(tags=["health"])

WITHIN = 3.0
"""Seconds that an engine may take to say that it is there."""


@router.get("/health/live", summary="Whether the server answers", status_code=HTTPStatus.NO_CONTENT)
async def live() -> Response:
    """For whoever restarts what does not answer. It asks nothing of anybody."""
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get(
    "/health/ready",
    summary="Whether it can do its work",
    response_model=Health,
    responses={503: {"model": Health, "description": "An engine does not answer."}},
)
async def ready(request: Request, response: Response) -> Health:
    """For whoever sends requests here. It says of the engines only whether they answer."""
    engines = engines_of(request)
    database, temporal = await asyncio.gather(_database(engines), _temporal(engines))
    if not (database and temporal):
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Health(ready=database and temporal, database=database, temporal=temporal)


@router.get("/metrics", summary="How all tickets are", response_class=PlainTextResponse, responses=problems())
async def metrics(asked: Asked) -> PlainTextResponse:
    """In the text format of Prometheus, which sends a token by `authorization` of its scrape configuration."""
    check(asked.database, Action.OPERATE)
    seen = await health.ticket_health(asked.engines.settings)
    known = None if isinstance(seen, Told) else seen
    lines = "\n".join(health.as_metrics(known, ready=known is not None))
    return PlainTextResponse(f"{lines}\n", media_type="text/plain; version=0.0.4")


async def _database(engines: Engines) -> bool:
    try:
        async with asyncio.timeout(WITHIN):
            await engines.database.ping()
    except (DatabaseError, TimeoutError):
        return False
    return True


async def _temporal(engines: Engines) -> bool:
    try:
        async with asyncio.timeout(WITHIN):
            return await is_there(await engines.client(WITHIN))
    except (Failure, TimeoutError):
        return False
