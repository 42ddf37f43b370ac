"""How a page is declared: who may come, and that a form is read before anything is done."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.database_errors import DatabaseError
from starter.failures import Failure
from starter.portal.failing import BROKEN, failed, nothing_here
from starter.portal.pages import go_to
from starter.portal.visitors import LANGUAGE, Visitor, form_of, visitor_of
from starter.portal.words import Words, language_of
from starter.services import failure_of
from starter.web.envelope import BodyTooLarge, logged

logger = logging.getLogger(__name__)

Looked = Callable[[Visitor], Awaitable[Response]]
Sent = Callable[[Visitor, FormData], Awaitable[Response]]


def looked_at(path: str, handler: Looked, *, anyone: bool = False) -> Route:
    """A page that is looked at, which changes nothing.

    Args:
        anyone: whether nobody has to sign in for it.
    """

    async def endpoint(request: Request) -> Response:
        return await _answer(request, handler, anyone=anyone)

    return Route(path, endpoint, methods=["GET"], name=handler.__name__)


def sent(path: str, handler: Sent, *, anyone: bool = False) -> Route:
    """Where a form goes to. What comes with no form of ours is not looked at."""

    async def read(visitor: Visitor) -> Response:
        return await handler(visitor, await form_of(visitor))

    async def endpoint(request: Request) -> Response:
        return await _answer(request, read, anyone=anyone)

    return Route(path, endpoint, methods=["POST"], name=handler.__name__)


async def _answer(request: Request, handler: Looked, *, anyone: bool) -> Response:
    try:
        visitor = await visitor_of(request)
    except (Failure, DatabaseError) as error:
        return told(_stranger(request), error)
    if visitor.asking is None and not anyone:
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        query = urlencode({"next": back}) if request.method == "GET" and back != "/" else ""
        return go_to("/sign-in" + (f"?{query}" if query else ""))
    try:
        return await handler(visitor)
    except HTTPException:
        raise
    except Exception as error:
        return told(visitor, error)


def told(visitor: Visitor, error: Exception) -> Response:
    """The page of what went wrong."""
    failure = failure_of(error)
    if failure is not None:
        return failed(visitor, failure)
    request = visitor.request
    logger.error("a fault of the program at %s %s", request.method, logged(request.scope["path"]), exc_info=error)
    return nothing_here(visitor, HTTPStatus.INTERNAL_SERVER_ERROR, BROKEN)


async def missed(request: Request, error: Any) -> Response:
    """The page of an address that there is not, or of a request that can't be read."""
    visitor = _stranger(request)
    if isinstance(error, BodyTooLarge):
        return nothing_here(visitor, error.status_code, "What you sent is longer than a page takes. Shorten it.")
    sentence = {
        HTTPStatus.NOT_FOUND: "There is no page at this address.",
        HTTPStatus.METHOD_NOT_ALLOWED: "That can't be done at this address. Go back and use the page's own buttons.",
    }.get(HTTPStatus(error.status_code), "What you sent can't be read. Open the page again.")
    return nothing_here(visitor, error.status_code, sentence)


def _stranger(request: Request) -> Visitor:
    """Whoever it is, where that can't be found out or does not matter."""
    words = Words(language_of(request.cookies.get(LANGUAGE), request.headers.get("Accept-Language", "")))
    return Visitor(request, words, None, "nobody", is_new=False)
