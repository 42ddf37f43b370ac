"""`/sw.js`, `/outbox`: what works without a network, and what was done there when it comes.

A browser keeps forms with the time at which they were filled in, and sends them as JSON under the ids of their
commands. The key of a form may be a day old by then, so what shows that they are ours is something else: a header that
no other site can send, and that the browser says where it comes from.
"""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from models.contracts.commands import ToldLater
from models.database_errors import DatabaseError
from starter.failures import Failure, NotSignedIn
from starter.portal.commands import FORMS, act
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.pages import FOLDER, mark_of, page, static_files, static_url
from starter.portal.routes import looked_at
from starter.portal.visitors import MOST_FIELDS, Visitor, from_our_script, visitor_of
from starter.reading.tickets import read_ticket
from starter.services import failure_of

POLICY = "default-src 'none'; connect-src 'self'; script-src 'self'"
"""What the service worker may do: ask this server."""

LATER = frozenset(
    {
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
"""Whatever fails so may be sent again, by the same id."""


UNREADABLE = HTTPStatus.UNPROCESSABLE_ENTITY


class Kept(BaseModel):
    """A form that waited.

    Attributes:
        account: of whom: whoever is signed in by now may be somebody else.
        path: where the form would have gone.
        at: when it was filled in, by the clock of the device.
    """

    model_config = ConfigDict(extra="forbid")

    account: Annotated[str, Field(max_length=200)]
    path: Annotated[str, Field(pattern=r"^/tickets/[^/]{1,200}/[a-z-]{1,40}$")]
    fields: Annotated[list[tuple[str, str]], Field(max_length=MOST_FIELDS)]
    at: AwareDatetime

    @property
    def number(self) -> str:
        return self.path.split("/")[2]

    @property
    def form(self) -> str:
        return self.path.split("/")[3].replace("-", "_")


@cache
def service_worker() -> bytes:
    """The script, which changes with every file that pages load."""
    files = json.dumps([static_url(name) for name in static_files()])
    parts = [(FOLDER / "static" / name).read_text(encoding="utf-8") for name in ("store.js", "worker.js")]
    acts = json.dumps([name.replace("_", "-") for name in FORMS])
    return f"const FILES = {files};\nconst ACTS = {acts};\n{chr(10).join(parts)}".encode()


async def script(_: Request) -> Response:
    """The service worker, for all pages; browsers ask for it anew."""
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return Response(service_worker(), media_type="text/javascript", headers=headers)


async def offline(visitor: Visitor) -> Response:
    """What is shown without a network where no page was kept; of nobody."""
    return page(
        visitor,
        "failure.html",
        title=visitor.words("No connection"),
        sentence=visitor.words(
            "This page was not kept. Nothing was sent. Go back, or try again when there is a connection."
        ),
        remedies=[],
    )


async def outbox(request: Request) -> Response:
    """A form that waited. The answer says what became of it: done, refused, waiting still, or to be signed in for."""
    try:
        visitor = await visitor_of(request)
        from_our_script(request)
        visitor.known()
    except NotSignedIn:
        return _said("sign_in", "", HTTPStatus.UNAUTHORIZED)
    except (Failure, DatabaseError) as error:
        failure = failure_of(error)
        refused = failure is not None and status_of(failure) not in LATER
        if refused:
            return _said("refused", str(failure), HTTPStatus.FORBIDDEN)
        return _said("waiting", "", HTTPStatus.SERVICE_UNAVAILABLE)
    try:
        kept = Kept.model_validate_json(await request.body())
    except ValidationError:
        return _said("refused", visitor.words("What you sent can't be read. Open the page again."), UNREADABLE)
    if kept.account != mark_of(visitor.known().principal):
        return _said("sign_in", "", HTTPStatus.UNAUTHORIZED)
    return await _apply(visitor, kept)


async def _apply(visitor: Visitor, kept: Kept) -> Response:
    kind = FORMS.get(kept.form)
    if kind is None:
        return _said("refused", visitor.words("There is no page at this address."), HTTPStatus.NOT_FOUND)
    at = kept.at if issubclass(kind, ToldLater) else None
    try:
        record = await read_ticket(visitor.known().database, kept.number)
        done = await act(
            visitor, record, kept.form, FormData([(name, value) for name, value in kept.fields]), happened_at=at
        )
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        status = status_of(failure)
        words = " ".join([sentence_of(failure, visitor.words), *remedies_of(failure, visitor.words)])
        return _said("waiting" if status in LATER else "refused", words, status)
    return _said("done", done.result.message)


def _said(state: str, words: str, status: int = HTTPStatus.OK) -> Response:
    body: dict[str, Any] = {"state": state, "said": words}
    return JSONResponse(body, status_code=status, headers={"Content-Security-Policy": "default-src 'none'"})


ROUTES: tuple[BaseRoute, ...] = (
    Route("/sw.js", script, methods=["GET"], name="service_worker"),
    Route("/outbox", outbox, methods=["POST"], name="outbox"),
    looked_at("/offline", offline, anyone=True),
)
