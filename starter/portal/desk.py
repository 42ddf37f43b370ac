"""`/desk`: the worklist of a manufacturer's service desk."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute

from models.vocabulary.accounts import AccountRole
from models.vocabulary.stages import Performer
from starter.failures import NotAllowed
from starter.portal.lists import running
from starter.portal.pages import page
from starter.portal.routes import looked_at
from starter.portal.visitors import Visitor
from starter.reading.performers import performers_of


async def desk(visitor: Visitor) -> Response:
    """What waits for the manufacturer, and what else runs for units of its make."""
    asking = visitor.known()
    makes = [one.manufacturer for one in asking.principal.grants if one.role is AccountRole.MANUFACTURER]
    if not makes:
        raise NotAllowed("This page is for a manufacturer's service desk.")
    rows = await running(asking.database)
    performers = await performers_of(asking.database, [row["workflow_id"] for row in rows])
    waiting = [row for row in rows if Performer.MANUFACTURER in performers.get(row["workflow_id"], frozenset())]
    others = [row for row in rows if row not in waiting]
    return page(visitor, "desk.html", waiting=waiting, others=others, make=makes[0])


ROUTES: tuple[BaseRoute, ...] = (looked_at("/desk", desk),)
