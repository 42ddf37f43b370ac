"""What every request goes through before anybody reads it, and every answer on its way out."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from http import HTTPStatus
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

LONGEST_BODY = 1024 * 1024
"""Bytes of a request's body."""

LONGEST_SILENCE = 30.0
"""Seconds until the next part of a body has to come."""

LONGEST_HEARING = 120.0
"""Seconds until all of a body has to be there: whoever sends a byte now and then holds nothing for hours."""

REQUEST_ID = "X-Request-Id"
_FORM_OF_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")

SECRET_AFTER = ("/r/", "/s/", "/c/")
"""What addresses begin with that are secrets themselves: who has one reports by a label, sees what becomes of it, or
reads an engineer's calendar."""

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}


class BodyTooLarge(HTTPException):
    """A request has more to say than is listened to. Of this kind, because others become "can't be parsed"."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class Envelope:
    """Gives each request an id, bounds its body, dresses its answer, and writes a line about it.

    The line has the path without its query, and nothing of what was said: a secret or a description may be in that.
    """

    def __init__(self, app: ASGIApp, *, longest_body: int = LONGEST_BODY) -> None:
        self._app = app
        self._longest = longest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(REQUEST_ID, "")
        request_id = given if _FORM_OF_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began, status, heard, unheard = time.monotonic(), 0, 0, True

        async def bounded() -> Message:
            nonlocal heard, unheard
            try:
                left = began + LONGEST_HEARING - time.monotonic()
                async with asyncio.timeout(min(LONGEST_SILENCE, left) if unheard else None):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
            if message["type"] == "http.request":
                unheard = message.get("more_body", False)
                heard += len(message.get("body", b""))
                if heard > self._longest:
                    raise BodyTooLarge
            return message

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                out = MutableHeaders(scope=message)
                out[REQUEST_ID] = request_id
                for name, value in SECURITY.items():
                    out.setdefault(name, value)
                out.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await (_two_lengths if _has_two_lengths(headers) else self._app)(scope, bounded, dressed)
        finally:
            took = (time.monotonic() - began) * 1000
            logger.info("%s %s %s %.0f ms %s", scope["method"], logged(scope["path"]), status, took, request_id)


def _has_two_lengths(headers: Headers) -> bool:
    """Whether a request says twice where it ends. A proxy may believe the other one, and hand over a part of its body
    as somebody else's request (RFC 9112, 6.3)."""
    return "Content-Length" in headers and "Transfer-Encoding" in headers


async def _two_lengths(scope: Scope, receive: Receive, send: Send) -> None:
    refusal = PlainTextResponse("A request has one length.", HTTPStatus.BAD_REQUEST, {"Connection": "close"})
    await refusal(scope, receive, send)


def logged(path: str) -> str:
    """The path as a line of the log has it: what would begin a line of its own does not, and a secret is left out."""
    for secret in SECRET_AFTER:
        if path.startswith(secret):
            return f"{secret}…"
    return path.encode("unicode_escape").decode()
