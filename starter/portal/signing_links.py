"""`/tickets/…/signing-links`: sending a link to whoever signs by it, and taking it back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.responses import Response
from starlette.routing import BaseRoute

from models.access import Action
from models.contracts.base import Actor
from models.vocabulary.people import Role
from models.vocabulary.stages import StageType
from starter.accounts.gate import guard
from starter.failures import BadInput, Failure
from starter.given import made, storable
from starter.portal.commands import limit_named
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.forms import entry
from starter.portal.pages import page
from starter.portal.routes import looked_at, sent
from starter.portal.times import Times
from starter.portal.visitors import Visitor
from starter.reading.tickets import read_ticket
from starter.signing import links
from starter.signing.links import SentLink


async def links_page(visitor: Visitor) -> Response:
    """The links of a ticket, and the form for another one."""
    return await _show(visitor)


async def send_link(visitor: Visitor, form: FormData) -> Response:
    """Make a link. It is shown once, to be copied or scanned."""
    asking, number = visitor.known(), visitor.request.path_params["number"]
    await guard(asking.database, Action.SIGNING_LINK, number)
    await limit_named(visitor, number)
    try:
        if not entry(form, "name"):
            raise BadInput("Say who is to sign, by name.")
        to = links.sent_to(entry(form, "name"), entry(form, "capacity"))
        made_link = await links.send_link(
            asking.database, number, to, _actor(visitor), stage=entry(form, "stage") or None
        )
    except Failure as failure:
        return await _show(visitor, form=form, failure=failure)
    return await _show(visitor, made_link=made_link, to=to)


async def revoke_link(visitor: Visitor, form: FormData) -> Response:
    """Take a link back. Nobody signs by it any more."""
    asking, number = visitor.known(), visitor.request.path_params["number"]
    await guard(asking.database, Action.SIGNING_LINK, number)
    await limit_named(visitor, number)
    if await links.revoke_link(asking.database, number, storable(entry(form, "code"), "code"), _actor(visitor)):
        return await _show(visitor, note=visitor.words("The link is taken back: nobody signs by it any more."))
    return await _show(visitor, failure=BadInput("That link was not in force any more: see how it stands."))


ROUTES: Sequence[BaseRoute] = (
    looked_at("/tickets/{number}/signing-links", links_page),
    sent("/tickets/{number}/signing-links", send_link),
    sent("/tickets/{number}/signing-links/revoke", revoke_link),
)


# -- inside ------------------------------------------------------------------------------------------------------------


def _actor(visitor: Visitor) -> Actor:
    return made(Actor, code=visitor.known().principal.code, role=Role.COORDINATOR)


async def _show(
    visitor: Visitor,
    *,
    form: FormData | None = None,
    made_link: SentLink | None = None,
    to: links.SentTo | None = None,
    note: str = "",
    failure: Failure | None = None,
) -> Response:
    database, number = visitor.known().database, visitor.request.path_params["number"]
    await guard(database, Action.SIGNING_LINK, number)
    record = await read_ticket(database, number)
    address = None if made_link is None else links.address_of(made_link.secret, _server(visitor))
    return page(
        visitor,
        "signing_links.html",
        status=HTTPStatus.OK if failure is None else status_of(failure),
        times=Times(visitor.words, record.unit.time_zone),
        ticket=record.ticket,
        unit=record.unit,
        stages=[one for one in record.stage_definitions if one.stage_type is StageType.COMPLETION],
        links=await links.list_links(database, number),
        typed={name: entry(form, name) if form else "" for name in ("name", "capacity", "stage")},
        link=made_link,
        to=to,
        address=address,
        code=None if address is None else qr_code(address),
        note=note,
        failure=None if failure is None else sentence_of(failure, visitor.words),
        remedies=() if failure is None else remedies_of(failure, visitor.words),
    )


def _server(visitor: Visitor) -> str:
    """The address by which people reach the server: as it is set, else as this request came."""
    url = visitor.request.url
    return visitor.engines.settings.public_url or f"{url.scheme}://{url.netloc}"


def qr_code(address: str) -> str:
    """The QR code of an address, as SVG without any style in it."""
    import segno

    drawn = io.BytesIO()
    segno.make_qr(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, light="#fff", svgclass="qr"
    )
    return drawn.getvalue().decode().strip()
