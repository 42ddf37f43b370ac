"""`/tickets`: the tickets that somebody may see, as a list with clocks: the day of whoever coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.responses import Response
from starlette.routing import BaseRoute

from models.access import Action, Allowed, may
from models.database import Database
from models.vocabulary.accounts import AccountRole
from models.vocabulary.sla import SlaState
from models.vocabulary.tickets import Priority, TicketSort, TicketStatus
from starter.accounts.gate import check
from starter.failures import BadInput
from starter.given import storable
from starter.portal.pages import page
from starter.portal.routes import looked_at
from starter.portal.visitors import Visitor
from starter.reading.actions import hold_rules
from starter.reading.offers import open_offers
from starter.reading.tickets import TicketFilter, page_of

Row = Mapping[str, Any]

MOST = 200
"""Tickets that a page lists."""
A_PAGE = 50

LAST = datetime.max.replace(tzinfo=UTC)

FIELDS = ("status", "sla", "priority", "customer", "stage", "engineer", "unassigned", "unit", "search", "sort")
"""What a list may be asked for."""

BY_DUE = {"sort": TicketSort.DUE.value}
VIEWS: Mapping[str, Mapping[str, str]] = {
    "All that run": {"status": TicketStatus.OPEN.value, **BY_DUE},
    "Nobody is on it": {"unassigned": "yes", **BY_DUE},
    "At risk": {"sla": SlaState.AT_RISK.value, **BY_DUE},
    "Breached": {"sla": SlaState.BREACHED.value},
    "On hold": {"status": TicketStatus.ON_HOLD.value},
    "Everything": {"sort": TicketSort.NEWEST.value},
}
"""What is asked for most, by what it is called."""

STATUSES = tuple(one.value for one in TicketStatus)
STATES = tuple(one.value for one in SlaState)
PRIORITIES = tuple(one.value for one in Priority)


async def running(database: Database, *, engineer: str | None = None, unassigned: bool = False) -> list[Row]:
    """Tickets that run: all that one may see, an engineer's, or those nobody is on. What is late comes first, then by
    the next deadline."""
    rows: list[Row] = []
    for status in (TicketStatus.OPEN, TicketStatus.ON_HOLD):
        wanted = TicketFilter(status=status.value, engineer=engineer, unassigned=unassigned, sort=TicketSort.DUE)
        rows += (await page_of(database, wanted, MOST, None)).rows
    return sorted(rows, key=lambda row: (row["sla"] != SlaState.BREACHED.value, row["due_at"] or LAST))


async def ticket_list(visitor: Visitor) -> Response:
    """A page of tickets, as they were asked for."""
    asking, query = visitor.known(), visitor.request.query_params
    check(asking.database, Action.LIST)
    asked = {name: query.get(name, "").strip()[:200] for name in FIELDS}
    if not query and _coordinates(visitor):
        asked |= VIEWS["All that run"]
    rows: Sequence[Row] = ()
    following, sentence = None, ""
    try:
        for name, value in asked.items():
            storable(value, name)
        found = await page_of(asking.database, _wanted(asked), A_PAGE, query.get("after") or None)
        rows, following = found.rows, found.following
    except BadInput as refused:
        sentence = refused.sentence
    may_act = _coordinates(visitor)
    offered = await open_offers(asking.database) if may_act and not query.get("after") else ()
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
        priorities=PRIORITIES,
        sentence=sentence,
        may_act=may_act,
        offered=offered,
        reasons=reasons,
        command_id=str(uuid4()),
    )


def _wanted(asked: Mapping[str, str]) -> TicketFilter:
    return TicketFilter(
        status=_one_of(asked["status"], STATUSES),
        sla=_one_of(asked["sla"], STATES),
        priority=_one_of(asked["priority"], PRIORITIES),
        customer=asked["customer"] or None,
        stage=asked["stage"] or None,
        engineer=asked["engineer"] or None,
        unassigned=bool(asked["unassigned"]),
        unit=asked["unit"] or None,
        search=asked["search"] or None,
        sort=TicketSort.DUE if asked["sort"] == TicketSort.DUE.value else TicketSort.NEWEST,
    )


def _one_of(value: str, known: Sequence[str]) -> str | None:
    return value if value in known else None


def _coordinates(visitor: Visitor) -> bool:
    """Whether somebody acts on many tickets at once."""
    principal = visitor.known().principal
    roles = {one.role for one in principal.grants}
    return AccountRole.COORDINATOR in roles and isinstance(may(principal, "AssignEngineer"), Allowed)


ROUTES: tuple[BaseRoute, ...] = (looked_at("/tickets", ticket_list),)
