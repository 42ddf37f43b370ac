"""`/bulk/…`: the same for several tickets at once. Each gets a command of its own, and a result of its own."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from models.contracts.commands import AssignEngineer, Hold
from starter.failures import BadInput, Failure
from starter.portal.commands import act
from starter.portal.failing import remedies_of, sentence_of
from starter.portal.forms import entry, texts
from starter.portal.pages import page
from starter.portal.routes import sent
from starter.portal.visitors import Visitor
from starter.reading.tickets import read_ticket
from starter.services import failure_of

MOST = 50
"""Tickets that one form acts on."""
AT_ONCE = 8

KINDS = {"assign": AssignEngineer.update, "hold": Hold.update}

Result = tuple[str, str, list[str]]
"""A ticket's number; what went wrong, empty where nothing did; what to do about it, or what to mind."""


async def bulk(visitor: Visitor, form: FormData) -> Response:
    """Do something to several tickets, and say of each how it went. Sent again, nothing is done twice."""
    kind = KINDS.get(visitor.request.path_params["kind"])
    if kind is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    visitor.known()
    numbers = list(dict.fromkeys(texts(form, "ticket")))
    if not numbers:
        raise BadInput("Tick at least one ticket. Go back to the list.")
    if len(numbers) > MOST:
        raise BadInput("These are too many at once: tick at most 50. Go back to the list.")
    form = _of_kind(kind, form)
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: str) -> Result:
        async with turns:
            return await _one(visitor, kind, number, form)

    results = await asyncio.gather(*(one(number) for number in numbers))
    went_wrong = any(sentence for _, sentence, _ in results)
    status = HTTPStatus.CONFLICT if went_wrong and len(results) == 1 else HTTPStatus.OK
    return page(visitor, "bulk.html", status=status, results=results, kind=kind, back=_back(form))


async def _one(visitor: Visitor, kind: str, number: str, form: FormData) -> Result:
    try:
        record = await read_ticket(visitor.known().database, number)
        # An id for each ticket, made of the form's: so the form may come twice.
        done = await act(visitor, record, kind, form, command_id=f"{entry(form, 'command_id')}:{record.ticket.number}")
    except Exception as error:
        failure: Failure | None = failure_of(error)
        if failure is None:
            raise
        return number, sentence_of(failure, visitor.words), remedies_of(failure, visitor.words)
    return record.ticket.number, "", list(done.result.warnings)


def _of_kind(kind: str, form: FormData) -> FormData:
    """What is said for that: the list has one form for all, with a remark for each kind."""
    if kind != AssignEngineer.update:
        return form
    others = [(name, value) for name, value in form.multi_items() if name != "note"]
    return FormData([*others, ("note", entry(form, "assign_note"))])


def _back(form: FormData) -> str:
    back = entry(form, "back")
    return back if back.startswith("/tickets") else "/tickets"


ROUTES: tuple[BaseRoute, ...] = (sent("/bulk/{kind}", bulk),)
