"""`/work`: what an engineer has to do, the nearest deadline first, and what nobody has taken yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from starlette.responses import Response
from starlette.routing import BaseRoute

from models.vocabulary.accounts import AccountRole
from starter.failures import NotAllowed
from starter.portal.lists import Row, running
from starter.portal.pages import page
from starter.portal.routes import looked_at
from starter.portal.times import Times
from starter.portal.visitors import Visitor
from starter.reading.offers import open_offers

SOON = timedelta(hours=24)


async def my_work(visitor: Visitor) -> Response:
    """The tickets that somebody is on, and those that they may take."""
    asking = visitor.known()
    codes = [one.engineer for one in asking.principal.grants if one.role is AccountRole.ENGINEER]
    if not codes:
        raise NotAllowed("This page is an engineer's.")
    mine = await running(asking.database, engineer=codes[0])
    free = await running(asking.database, unassigned=True)
    asked = [{**row, "command_id": str(uuid4())} for row in await open_offers(asking.database, codes[0])]
    times = Times(visitor.words)
    today = [row for row in mine if _is_soon(row, times.now)]
    later = [row for row in mine if row not in today]
    return page(visitor, "work.html", asked=asked, today=today, later=later, free=free, times=times, code=codes[0])


def _is_soon(row: Row, now: datetime) -> bool:
    """Whether a ticket is for today: it is late, or due within a day."""
    due: Any = row["due_at"]
    return row["status"] != "on_hold" and (due is None or due < now + SOON)


ROUTES: tuple[BaseRoute, ...] = (looked_at("/work", my_work),)
