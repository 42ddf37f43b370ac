"""What a failure is over HTTP: a problem of RFC 9457, with a type that never changes and what to do about it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from models.database_errors import DatabaseError
from starter.administering.changing import ChangedMeanwhile
from starter.administering.looking import shown
from starter.failures import Failure, FailureCode, TooManyTries
from starter.services import failure_of
from starter.web.envelope import BodyTooLarge
from starter.web.limits import TooManyRequests

logger = logging.getLogger(__name__)

MEDIA = "application/problem+json"
TYPES = "https://fieldcare.dev/problems/"
"""What a type begins with. It is a name, not an address that anybody has to reach; docs/api.md has them all."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="fieldcare"'}
AGAIN_AFTER = 5
"""Seconds after which to try again what is not available."""

STATUS: Mapping[FailureCode, HTTPStatus] = {
    FailureCode.REFUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    FailureCode.BAD_INPUT: HTTPStatus.UNPROCESSABLE_ENTITY,
    FailureCode.BAD_SETTING: HTTPStatus.INTERNAL_SERVER_ERROR,
    FailureCode.COMMAND_REFUSED: HTTPStatus.CONFLICT,
    FailureCode.REPORT_REFUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    FailureCode.UNKNOWN_TICKET: HTTPStatus.NOT_FOUND,
    FailureCode.UNKNOWN_CLOCK: HTTPStatus.NOT_FOUND,
    FailureCode.UNKNOWN_ACCOUNT: HTTPStatus.NOT_FOUND,
    FailureCode.UNKNOWN_WEBHOOK: HTTPStatus.NOT_FOUND,
    FailureCode.UNKNOWN_ROW: HTTPStatus.NOT_FOUND,
    FailureCode.CHANGED_MEANWHILE: HTTPStatus.PRECONDITION_FAILED,
    FailureCode.NO_TERMS: HTTPStatus.CONFLICT,
    FailureCode.TOO_FEW_PARTS: HTTPStatus.CONFLICT,
    FailureCode.OVERTAKEN: HTTPStatus.CONFLICT,
    FailureCode.NOT_SIGNED_IN: HTTPStatus.UNAUTHORIZED,
    FailureCode.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    FailureCode.TOO_MANY_TRIES: HTTPStatus.TOO_MANY_REQUESTS,
    FailureCode.TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    FailureCode.NOT_CONFIRMED: HTTPStatus.GATEWAY_TIMEOUT,
    FailureCode.COMMAND_NOT_CONFIRMED: HTTPStatus.GATEWAY_TIMEOUT,
    FailureCode.STATE_UNKNOWN: HTTPStatus.GATEWAY_TIMEOUT,
    FailureCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.DATABASE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.DATABASE_OUTDATED: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.TEMPORAL_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.TEMPORAL_REFUSES: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.ENGINES_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.WORKERS_MISSING: HTTPStatus.SERVICE_UNAVAILABLE,
}

TITLES: Mapping[FailureCode, str] = {
    FailureCode.REFUSED: "It can't be done as it was asked for",
    FailureCode.BAD_INPUT: "The request does not fit",
    FailureCode.BAD_SETTING: "A setting of the server can't be used",
    FailureCode.COMMAND_REFUSED: "The ticket did not do it",
    FailureCode.REPORT_REFUSED: "The report can't become a ticket",
    FailureCode.UNKNOWN_TICKET: "There is no such ticket",
    FailureCode.UNKNOWN_CLOCK: "The ticket has no such clock",
    FailureCode.UNKNOWN_WEBHOOK: "There is no such webhook",
    FailureCode.UNKNOWN_ROW: "The registry has no such row",
    FailureCode.CHANGED_MEANWHILE: "It is not what you have seen any more",
    FailureCode.UNKNOWN_ACCOUNT: "There is no such account",
    FailureCode.NO_TERMS: "There are no terms to go by",
    FailureCode.TOO_FEW_PARTS: "Fewer parts are free than are needed",
    FailureCode.OVERTAKEN: "Somebody else was faster",
    FailureCode.NOT_SIGNED_IN: "Nobody knows who asks",
    FailureCode.NOT_ALLOWED: "It is not yours to do",
    FailureCode.TOO_MANY_TRIES: "Too many passwords did not fit",
    FailureCode.TOO_MANY_REQUESTS: "Too many requests",
    FailureCode.NOT_CONFIRMED: "Nobody knows yet whether it was done",
    FailureCode.COMMAND_NOT_CONFIRMED: "Nobody knows yet whether it was done",
    FailureCode.STATE_UNKNOWN: "The ticket can't tell its state",
    FailureCode.UNAVAILABLE: "Something does not answer at the moment",
    FailureCode.DATABASE_UNAVAILABLE: "The database does not answer at the moment",
    FailureCode.DATABASE_OUTDATED: "The database is not of this version",
    FailureCode.TEMPORAL_UNAVAILABLE: "Temporal does not answer at the moment",
    FailureCode.TEMPORAL_REFUSES: "Temporal refuses",
    FailureCode.ENGINES_UNAVAILABLE: "The engines do not answer at the moment",
    FailureCode.WORKERS_MISSING: "No worker answers",
}

INTERNAL, NO_ROUTE, NO_METHOD, TOO_LARGE, OTHER = "internal", "no_route", "no_method", "too_large", "http"
"""Types of what is no failure of a use case."""

OUTSIDE = "What it needs does not answer at the moment. Try again."
"""Instead of sentences that name hosts: they are for whoever runs the server, and stand in its log."""


class Flaw(BaseModel):
    """What of a request does not fit."""

    pointer: str = Field(description="Where: `body/priority`, `query/limit`.")
    detail: str


class ToDo(BaseModel):
    """What to do about a failure."""

    kind: str = Field(description="Never changes; for programs.")
    of: str = Field(description="To what: a ticket's name, a command's id. Empty where it needs none.")
    says: str


class Problem(BaseModel):
    """Why something was not done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": f"{TYPES}unknown_ticket",
                    "title": "There is no such ticket",
                    "status": 404,
                    "detail": "There is no ticket FC-2026-999999.",
                    "code": "unknown_ticket",
                    "instance": "/api/v1/tickets/FC-2026-999999",
                    "request_id": "0b6d6d2f3f2c4c0f8d7f5f0b3f0c9a11",
                    "remedies": [{"kind": "list_tickets", "of": "", "says": "The list of tickets has them all."}],
                    "errors": [],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="The last part of the type.")
    instance: str = Field(description="The path that was asked for.")
    request_id: str = Field(description="By which the server's log knows the request.")
    remedies: list[ToDo] = []
    errors: list[Flaw] = []


class ProblemResponse(JSONResponse):
    """An answer that is a problem."""

    media_type = MEDIA


def problem(
    request: Request,
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    remedies: Sequence[ToDo] = (),
    errors: Sequence[Flaw] = (),
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """The answer to a request that was not granted."""
    said = Problem(
        type=f"{TYPES}{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        instance=request.url.path,
        request_id=str(request.scope.get("state", {}).get("request_id", "")),
        remedies=list(remedies),
        errors=list(errors),
    )
    return ProblemResponse(said.model_dump(mode="json"), status_code=int(status), headers=dict(headers or {}))


def of_failure(request: Request, failure: Failure) -> ProblemResponse:
    """The same of a failure of a use case."""
    status = STATUS[failure.code]
    headers: dict[str, str] = {}
    if isinstance(failure, TooManyTries | TooManyRequests):
        headers["Retry-After"] = str(max(1, ceil(failure.wait)))
    elif status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}:
        headers["Retry-After"] = str(AGAIN_AFTER)
    elif status is HTTPStatus.UNAUTHORIZED:
        headers |= CHALLENGE
    detail = failure.sentence
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INTERNAL_SERVER_ERROR}:
        logger.warning("%s: %s", failure.code.value, failure)
        detail = OUTSIDE
    remedies = [ToDo(kind=one.kind.value, of=one.of, says=str(one)) for one in failure.remedies]
    errors = [
        Flaw(pointer=f"body/{name}", detail=f"was {shown(old)}, is now {shown(new)}")
        for name, (old, new) in (failure.changes.items() if isinstance(failure, ChangedMeanwhile) else ())
    ]
    return problem(
        request,
        status,
        failure.code.value,
        TITLES[failure.code],
        detail,
        remedies=remedies,
        errors=errors,
        headers=headers,
    )


def _of_error(request: Request, error: Exception) -> ProblemResponse:
    failure = failure_of(error)
    if failure is not None:
        return of_failure(request, failure)
    path = request.url.path.encode("unicode_escape").decode()
    logger.error("a fault of the program at %s %s", request.method, path, exc_info=error)
    return problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        INTERNAL,
        "A fault of the program",
        "It is in the server's log, by the id of the request. Whether anything was done is not known.",
    )


def _of_validation(request: Request, error: RequestValidationError) -> ProblemResponse:
    flaws = [
        Flaw(pointer="/".join(map(str, one["loc"])), detail=str(one["msg"]).removeprefix("Value error, "))
        for one in error.errors()
    ]
    detail = "; ".join(f"{one.pointer}: {one.detail}" for one in flaws[:3])
    return problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        FailureCode.BAD_INPUT.value,
        TITLES[FailureCode.BAD_INPUT],
        f"{detail}." if detail else "The request can't be read.",
        errors=flaws,
    )


def _of_http(request: Request, error: HTTPException, routes: Sequence[BaseRoute]) -> ProblemResponse:
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    code, detail = OTHER, str(error.detail)
    if status is HTTPStatus.NOT_FOUND:
        code, detail = NO_ROUTE, "There is nothing at this address."
    elif status is HTTPStatus.METHOD_NOT_ALLOWED:
        code, detail = NO_METHOD, "That can't be done at this address."
        headers["Allow"] = ", ".join(sorted(_methods_at(request, routes)))
    elif status is HTTPStatus.BAD_REQUEST:
        code, detail = FailureCode.BAD_INPUT.value, "The body is no JSON in UTF-8."
    return problem(request, status, code, status.phrase, detail, headers=headers)


def _methods_at(request: Request, routes: Sequence[BaseRoute]) -> set[str]:
    """What can be done at the address of a request."""
    return {
        method
        for route in routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }


def _of_size(request: Request, _: BodyTooLarge) -> ProblemResponse:
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return problem(request, status, TOO_LARGE, "The request is too large", "A request has at most 1 MiB.")


def answer_with_problems(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Let whatever goes wrong in an application be told as a problem.

    Args:
        routes: of its own, for what can be done at an address.
    """

    async def failed(request: Request, error: Exception) -> ProblemResponse:
        match error:
            case Failure():
                return of_failure(request, error)
            case RequestValidationError():
                return _of_validation(request, error)
            case BodyTooLarge():
                return _of_size(request, error)
            case HTTPException():
                return _of_http(request, error, routes)
            case _:
                return _of_error(request, error)

    for kind in (Failure, DatabaseError, RequestValidationError, HTTPException, BodyTooLarge, Exception):
        app.add_exception_handler(kind, failed)


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What an operation may answer with beside what was asked for, as OpenAPI has it."""
    usual = (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        int(status): {"description": status.phrase, "content": {MEDIA: schema}}
        for status in sorted({*usual, *statuses})
    }
