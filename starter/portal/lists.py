"""`/tickets`: the tickets that somebody may see, as a list with clocks: the day of whoever coordinates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.responses import Response
from starlette.routing import BaseRoute

from models.access import Action, Allowed, may
from models.database import Database
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole
from models.vocabulary.sla import SlaState
from models.vocabulary.tickets import TicketStatus
from starter.accounts.gate import check
from starter.failures import BadInput
from starter.given import storable
from starter.portal.pages import page
from starter.portal.routes import looked_at
from starter.portal.visitors import Visitor
from starter.reading.actions import hold_rules
from starter.reading.tickets import TicketFilter, page_of

Row = Mapping[str, Any]

MOST = 200
"""Tickets that a page lists."""
A_PAGE = 50

LAST = datetime.max.replace(tzinfo=UTC)

FIELDS = ("status", "sla", "customer", "stage")
"""What a list may be asked for."""

VIEWS: Mapping[str, Mapping[str, str]] = {
    "All that run": {"status": "open"},
    "Nobody is on it": {"unassigned": "yes"},
    "At risk": {"sla": SlaState.AT_RISK.value},
    "Breached": {"sla": SlaState.BREACHED.value},
    "On hold": {"status": TicketStatus.ON_HOLD.value},
    "Everything": {},
}
"""What is asked for most, by what it is called."""

STATUSES = tuple(one.value for one in TicketStatus)
STATES = tuple(one.value for one in SlaState)


async def running(database: Database, *, engineer: str | None = None, unassigned: bool = False) -> list[Row]:
    """Tickets that run, by their next deadline: all that one may see, an engineer's, or those nobody is on."""
    rows: list[Row] = []
    for status in (TicketStatus.OPEN, TicketStatus.ON_HOLD):
        rows += (await page_of(database, TicketFilter(status=status.value), MOST, None)).rows
    found: list[Row] = list(rows) if engineer is None and not unassigned else []
    for row in rows if not found else ():
        access = json.loads(await database.call(SqlFunction.TICKET_ACCESS, row["number"]))
        if (unassigned and access["is_free"]) or (engineer is not None and engineer in access["engineers"]):
            found.append({**row, "engineers": access["engineers"]})
    return sorted(found, key=lambda row: (row["sla"] != "breached", row["due_at"] or LAST))


async def ticket_list(visitor: Visitor) -> Response:
    """A page of tickets, as they were asked for."""
    asking, query = visitor.known(), visitor.request.query_params
    check(asking.database, Action.LIST)
    asked = {name: query.get(name, "").strip()[:200] for name in (*FIELDS, "unassigned")}
    if not query and _coordinates(visitor):
        asked |= {"status": TicketStatus.OPEN.value}
    rows: list[Row] = []
    following, sentence = None, ""
    try:
        for name, value in asked.items():
            storable(value, name)
        if asked["unassigned"]:
            rows = await running(asking.database, unassigned=True)
        else:
            found = await page_of(asking.database, _wanted(asked), A_PAGE, query.get("after") or None)
            rows, following = list(found.rows), found.following
    except BadInput as refused:
        sentence = refused.sentence
    may_act = _coordinates(visitor)
    reasons = await hold_rules(asking.database, rows[0]["workflow_id"]) if rows and may_act else ()
    return page(
        visitor,
        "tickets.html",
        rows=rows,
        following=following,
        asked={name: value for name, value in asked.items() if value},
        views=VIEWS,
        statuses=STATUSES,
        states=STATES,
        sentence=sentence,
        may_act=may_act,
        reasons=reasons,
        command_id=str(uuid4()),
    )


def _wanted(asked: Mapping[str, str]) -> TicketFilter:
    return TicketFilter(
        status=asked["status"] if asked["status"] in STATUSES else None,
        sla=asked["sla"] if asked["sla"] in STATES else None,
        customer=asked["customer"] or None,
        stage=asked["stage"] or None,
    )


def _coordinates(visitor: Visitor) -> bool:
    """Whether somebody acts on many tickets at once."""
    principal = visitor.known().principal
    roles = {one.role for one in principal.grants}
    return AccountRole.COORDINATOR in roles and isinstance(may(principal, "AssignEngineer"), Allowed)


ROUTES: tuple[BaseRoute, ...] = (looked_at("/tickets", ticket_list),)
