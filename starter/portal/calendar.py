"""`/c/….ics`: an engineer's calendar, for programs that can't sign in; the address is its own key."""

from __future__ import annotations

from pydantic import SecretStr
from starlette.responses import Response
from starlette.routing import BaseRoute

from starter.accounts.entering import verify_token
from starter.failures import NotSignedIn
from starter.portal.routes import looked_at
from starter.portal.visitors import Visitor
from starter.reading.visits import calendar_of
from starter.web.asking import limits_of

KIND = "text/calendar; charset=utf-8"


async def calendar(visitor: Visitor) -> Response:
    """The visits of whoever's token stands in the address. Made-up ones are counted by where they come from."""
    limits, engines = limits_of(visitor.request), visitor.engines
    try:
        principal = await verify_token(engines.database, SecretStr(visitor.request.path_params["token"]))
    except NotSignedIn:
        limits.strangers.take(visitor.address)
        raise
    limits.callers.take(principal.code)
    said = await calendar_of(engines.database_for(principal), engines.settings.public_url)
    return Response(said, media_type=KIND, headers={"Cache-Control": "private, no-cache"})


ROUTES: tuple[BaseRoute, ...] = (looked_at("/c/{token}.ics", calendar, anyone=True),)
