"""What a failure is on a page: a sentence and what to do, with the status that browsers and caches go by."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil

from starlette.responses import Response

from starter.failures import Failure, FailureCode, RemedyKind, TooManyTries
from starter.portal.pages import page
from starter.portal.visitors import ForeignForm, Visitor
from starter.portal.words import Words
from starter.web.limits import TooManyRequests

logger = logging.getLogger(__name__)

STATUS: Mapping[FailureCode, HTTPStatus] = {
    FailureCode.UNKNOWN_TICKET: HTTPStatus.NOT_FOUND,
    FailureCode.UNKNOWN_CLOCK: HTTPStatus.NOT_FOUND,
    FailureCode.UNKNOWN_ROW: HTTPStatus.NOT_FOUND,
    FailureCode.CHANGED_MEANWHILE: HTTPStatus.CONFLICT,
    FailureCode.UNKNOWN_ACCOUNT: HTTPStatus.NOT_FOUND,
    FailureCode.NOT_SIGNED_IN: HTTPStatus.FORBIDDEN,
    FailureCode.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    FailureCode.TOO_MANY_TRIES: HTTPStatus.TOO_MANY_REQUESTS,
    FailureCode.TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    FailureCode.COMMAND_REFUSED: HTTPStatus.CONFLICT,
    FailureCode.OVERTAKEN: HTTPStatus.CONFLICT,
    FailureCode.NO_TERMS: HTTPStatus.CONFLICT,
    FailureCode.TOO_FEW_PARTS: HTTPStatus.CONFLICT,
    FailureCode.NOT_CONFIRMED: HTTPStatus.GATEWAY_TIMEOUT,
    FailureCode.COMMAND_NOT_CONFIRMED: HTTPStatus.GATEWAY_TIMEOUT,
    FailureCode.STATE_UNKNOWN: HTTPStatus.GATEWAY_TIMEOUT,
    FailureCode.BAD_SETTING: HTTPStatus.INTERNAL_SERVER_ERROR,
    FailureCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.DATABASE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.DATABASE_OUTDATED: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.TEMPORAL_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.TEMPORAL_REFUSES: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.ENGINES_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FailureCode.WORKERS_MISSING: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Whatever is not here is 422: what was asked for does not fit."""

AWAY = "Something that this page needs does not answer at the moment. Nothing is lost. Try again in a moment."
BROKEN = (
    "Something went wrong here, and that is our fault. Whether anything was done is not known: look before you try "
    "again."
)

TITLES: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.FORBIDDEN: "That is not yours to do",
    HTTPStatus.TOO_MANY_REQUESTS: "Too much at once",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not now",
    HTTPStatus.GATEWAY_TIMEOUT: "Nobody knows yet whether it was done",
    HTTPStatus.INTERNAL_SERVER_ERROR: "That went wrong",
    HTTPStatus.METHOD_NOT_ALLOWED: "That can't be done here",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "That is too much",
}

REMEDIES: Mapping[RemedyKind, str] = {
    RemedyKind.SEND_AGAIN: "Press the button again: it is done only once.",
    RemedyKind.SEND_ANEW: "Once that is put right, press the button again.",
    RemedyKind.REPORT_AGAIN: "Press the button again: it opens one ticket.",
    RemedyKind.LOOK_AT_TICKET: "Look at the ticket.",
    RemedyKind.LOOK_FIRST: "Look whether the ticket is there before you report it again.",
    RemedyKind.LOOK_AT_RECORD: "What is on record can be read meanwhile.",
    RemedyKind.LIST_TICKETS: "The list of tickets has all that you may see.",
    RemedyKind.LOOK_TICKET_UP: "Look the ticket up in the list of tickets.",
    RemedyKind.RESCUE: "Tell an operator: the ticket needs help.",
    RemedyKind.SIGN_IN: "Sign in again.",
    RemedyKind.ASK_FOR_LINK: "Ask whoever sent it for a new one.",
    RemedyKind.LIST_ACCOUNTS: "The list of people has them all.",
    RemedyKind.ASK_FOR_SIGNING_LINK: "Ask whoever sent it for a new one.",
    RemedyKind.ASK_FOR_APPROVAL: "Ask {of} to approve it first.",
    RemedyKind.NAME_APPROVER: "Choose who has approved it.",
    RemedyKind.SAY_ANYWAY: "Tick that it is to be done anyway, and say why.",
    RemedyKind.LATER: "Try again in {of} s.",
}
"""What to do, as somebody at a page does it; other remedies are an operator's."""


def status_of(failure: Failure) -> HTTPStatus:
    """The status that a failure is answered with."""
    if isinstance(failure, ForeignForm):
        return HTTPStatus.FORBIDDEN
    return STATUS.get(failure.code, HTTPStatus.UNPROCESSABLE_ENTITY)


def sentence_of(failure: Failure, words: Words) -> str:
    """What is the matter, for whoever looks at a page. What names hosts stays in the log."""
    if status_of(failure) in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INTERNAL_SERVER_ERROR}:
        logger.warning("%s: %s", failure.code.value, failure)
        return words(AWAY)
    return words(failure.sentence)


def remedies_of(failure: Failure, words: Words) -> list[str]:
    """What to do about it."""
    return [words(REMEDIES[one.kind], of=one.of) for one in failure.remedies if one.kind in REMEDIES]


def failed(visitor: Visitor, failure: Failure) -> Response:
    """The page of a failure that no form can show."""
    status = status_of(failure)
    response = page(
        visitor,
        "failure.html",
        status=status,
        title=visitor.words(TITLES.get(status, "That can't be done")),
        sentence=sentence_of(failure, visitor.words),
        remedies=remedies_of(failure, visitor.words),
    )
    if isinstance(failure, TooManyTries | TooManyRequests):
        response.headers["Retry-After"] = str(max(1, ceil(failure.wait)))
    return response


def nothing_here(visitor: Visitor, status: int, sentence: str) -> Response:
    """The page of what is no failure of a use case."""
    title = visitor.words(TITLES.get(status, "That can't be done"))
    return page(visitor, "failure.html", status=status, title=title, sentence=visitor.words(sentence), remedies=[])
