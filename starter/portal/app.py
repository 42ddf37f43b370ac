"""The application that answers people."""

from __future__ import annotations

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from starter.boarding.drafts import Boards
from starter.boarding.plans import Plans
from starter.boarding.record import RecordedPlans
from starter.portal import (
    board,
    bulk,
    calendar,
    desk,
    entering,
    label,
    lists,
    operations,
    outbox,
    passkeys,
    people,
    registry,
    signing,
    signing_by_link,
    signing_links,
    sso,
    stock,
    tickets,
    work,
)
from starter.portal.pages import static_files
from starter.portal.routes import missed
from starter.web.engines import Engines
from starter.web.envelope import BodyTooLarge
from starter.web.limits import Limits

FOR_EVER = "public, max-age=31536000, immutable"


async def static(request: Request) -> Response:
    """A file that pages load, packed for whoever can unpack it."""
    found = static_files().get(request.path_params["name"])
    if found is None or found.tag != request.path_params["tag"]:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(found.packed, media_type=found.media, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.media, headers=headers)


ROUTES: tuple[BaseRoute, ...] = (
    *entering.ROUTES,
    *passkeys.ROUTES,
    *sso.ROUTES,
    *label.ROUTES,
    *work.ROUTES,
    *calendar.ROUTES,
    *desk.ROUTES,
    *board.ROUTES,
    *operations.ROUTES,
    *registry.ROUTES,
    *stock.ROUTES,
    *people.ROUTES,
    *lists.ROUTES,
    *bulk.ROUTES,
    *outbox.ROUTES,
    *signing.ROUTES,
    *signing_by_link.ROUTES,
    *signing_links.ROUTES,
    *tickets.ROUTES,
    Route("/static/{tag}/{name}", static, methods=["GET"], name="static"),
)
"""Every page and every form, in the order in which an address is looked up."""


def make_portal(engines: Engines, plans: Plans | None = None) -> Starlette:
    """The application, on engines that whoever calls this closes.

    Args:
        plans: where the board has its plans from; None: from the record.
    """
    static_files()
    app = Starlette(routes=list(ROUTES), exception_handlers={HTTPException: missed, BodyTooLarge: missed})
    app.router.redirect_slashes = False
    app.state.engines = engines
    app.state.boards = Boards(RecordedPlans() if plans is None else plans)
    app.state.limits = Limits.of(engines.settings)
    app.state.label_limits = label.LabelLimits.of(engines.settings)
    return app
