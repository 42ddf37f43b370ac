"""`/stock…`: what lies where, what is low, and a part with forms to receive, move, count, keep and use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from models.access import Allowed, may
from models.vocabulary.stock import PlaceKind, StockDoing, StockStanding
from starter.failures import BadInput, Failure
from starter.portal.failing import sentence_of, status_of
from starter.portal.forms import entry, whole_number
from starter.portal.pages import go_to, page
from starter.portal.routes import looked_at, sent
from starter.portal.times import Times
from starter.portal.visitors import Visitor, zone_of
from starter.stock import looking
from starter.stock.changing import ACTIONS, Hand
from starter.stock.labels import read_label

A_PAGE = 50
WORDS = (
    "ticket", "location", "lot", "serial", "to", "from", "transfer", "expires_on", "reason", "code", "name", "kind",
    "engineer", "site",
)  # fmt: skip
NUMBERS = ("quantity", "counted", "version", "minimum", "reorder_point")

DONE: Mapping[str, str] = {
    StockStanding.RESERVED.value: "It is kept for the ticket.",
    StockStanding.RELEASED.value: "What was kept for the ticket is free again.",
    StockStanding.USED.value: "It is used.",
    StockStanding.RETURNED.value: "It is back in stock.",
    StockStanding.RECEIVED.value: "It is in stock.",
    StockStanding.SENT.value: "It is on its way.",
    StockStanding.TAKEN_IN.value: "It has arrived.",
    StockStanding.COUNTED.value: "What was counted is what lies there.",
    StockStanding.WASTED.value: "It is out of stock.",
    StockStanding.BLOCKED.value: "The lot is blocked, and tickets have given it back.",
    StockStanding.UNBLOCKED.value: "The lot may be used again.",
    StockStanding.PLACED.value: "The place is on record.",
    StockStanding.LEVELLED.value: "The level is on record.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into which form, and why it was not done."""

    doing: str = ""
    event: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None

    def value(self, doing: str, name: str, otherwise: str = "") -> str:
        """What stands in a field."""
        return self.texts.get(name, otherwise) if doing == self.doing else otherwise


async def stock(visitor: Visitor) -> Response:
    """Parts with what there is of them; a scanned code opens the page of its part."""
    query, sentence = visitor.request.query_params, ""
    search = query.get("search", "").strip()[:200]
    try:
        label = read_label(search)
        if label.part is not None and label.part != search:
            scanned = {"lot": label.lot, "serial": label.serial, "expires_on": label.expires_on}
            found = {name: str(value) for name, value in scanned.items() if value is not None}
            return go_to("/stock/part", number=label.part, **found)
    except BadInput as refused:
        sentence = visitor.words(refused.sentence)
    return await _list(visitor, search, sentence)


async def _list(visitor: Visitor, search: str, sentence: str, typed: Typed = Typed()) -> Response:
    asking, query = visitor.known(), visitor.request.query_params
    location, low = query.get("location", "")[:40], bool(query.get("low"))
    places = await looking.places(asking.database)
    found = looking.Page((), None)
    if not sentence or typed.failure is not None:
        found = await looking.list_stock(
            asking.database,
            search=search,
            location=location or None,
            low=low,
            limit=A_PAGE,
            after=query.get("after") or None,
        )
    asked = {"search": search, "location": location, "low": "yes" if low else ""}
    return page(
        visitor,
        "stock.html",
        status=HTTPStatus.OK if typed.failure is None else status_of(typed.failure),
        rows=found.rows,
        following=found.following,
        places_of_parts=places,
        place_kinds=list(PlaceKind),
        proposals=await looking.proposals(asking.database) if low else (),
        asked={name: value for name, value in asked.items() if value},
        sentence=sentence,
        typed=typed,
        event=str(uuid4()),
        note=_note(visitor),
        can=_can(visitor),
    )


async def part(visitor: Visitor) -> Response:
    """A part: where it lies, for whom it is kept, how it moved, and what can be done about it."""
    return await _part(visitor, visitor.request.query_params.get("number", "")[:200])


async def _part(visitor: Visitor, number: str, typed: Typed = Typed()) -> Response:
    asking, query = visitor.known(), visitor.request.query_params
    found = await looking.read_stock(asking.database, number)
    if typed.failure is None:
        scanned = {name: query.get(name, "")[:100] for name in ("lot", "serial", "expires_on")}
        typed = Typed("receive", texts={name: value for name, value in scanned.items() if value})
    return page(
        visitor,
        "stock_part.html",
        status=HTTPStatus.OK if typed.failure is None else status_of(typed.failure),
        times=Times(visitor.words, zone_of(visitor.request) or "UTC"),
        part=found,
        codes=[one["code"] for one in await looking.places(asking.database) if one["active"]],
        typed=typed,
        event=lambda doing: typed.event if typed.event and doing == typed.doing else str(uuid4()),
        failure="" if typed.failure is None else sentence_of(typed.failure, visitor.words),
        note=_note(visitor),
        can=_can(visitor),
    )


async def do(visitor: Visitor, form: FormData) -> Response:
    """Do what a form says. What is refused is shown where it was typed."""
    try:
        doing = StockDoing(visitor.request.path_params["doing"].replace("-", "_"))
    except ValueError:
        raise HTTPException(HTTPStatus.NOT_FOUND) from None
    number, event = entry(form, "part"), entry(form, "event")
    texts = {name: entry(form, name) for name in (*WORDS, *NUMBERS) if entry(form, name)}
    try:
        done = await _hand(visitor).do(doing, _said(doing, number, texts), event or None)
    except Failure as failure:
        if status_of(failure) not in {
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.CONFLICT,
            HTTPStatus.PRECONDITION_FAILED,
            HTTPStatus.NOT_FOUND,
        }:
            raise
        typed = Typed(doing.value, event, texts, failure)
        if not number:
            return await _list(visitor, "", sentence_of(failure, visitor.words), typed)
        return await _part(visitor, number, typed)
    if number:
        return go_to("/stock/part", number=number, done=done.standing.value)
    return go_to("/stock", done=done.standing.value)


def _said(doing: StockDoing, number: str, texts: Mapping[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {name: texts[name] for name in WORDS if name in texts}
    for name in NUMBERS:
        if name in texts:
            if (value := whole_number(texts[name])) is None:
                raise BadInput("That is no whole number.")
            said[name] = value
    if number and doing is not StockDoing.TAKE_IN:
        said["part"] = number
    return said


def _note(visitor: Visitor) -> str:
    done = DONE.get(visitor.request.query_params.get("done", ""), "")
    return visitor.words(done) if done else ""


def _can(visitor: Visitor) -> frozenset[str]:
    """What somebody may do about stock at all; whose ticket and whose van it is, is seen when it is done."""
    principal = visitor.known().principal
    return frozenset(doing.value for doing, action in ACTIONS.items() if isinstance(may(principal, action), Allowed))


def _hand(visitor: Visitor) -> Hand:
    asking = visitor.known()
    return Hand(asking.database, token=asking.token)


ROUTES: tuple[BaseRoute, ...] = (
    looked_at("/stock", stock),
    looked_at("/stock/part", part),
    sent("/stock/{doing}", do),
)
