"""`fieldcare part …`: what lies where, what is kept for which ticket, and moving it."""

from __future__ import annotations

from typing import Annotated

import typer

from models.vocabulary.stock import PlaceKind, StockDoing
from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson, By

app = typer.Typer(
    no_args_is_help=True,
    help="Parts: stock, show, places, reserve, release, use, return, receive, move, count, waste, reorder.",
)

Part = Annotated[str, typer.Argument(metavar="PART", help="Part number, or a GS1 code as a scanner types it.")]
Ticket = Annotated[str, typer.Argument(metavar="TICKET", help="Number, key or workflow id of the ticket.")]
Quantity = Annotated[int, typer.Option("--quantity", "-q", metavar="NUMBER", min=1, max=1_000_000)]
At = Annotated[str, typer.Option("--at", metavar="PLACE", help="Code of the place; `part places` has them.")]
Somewhere = Annotated[str | None, typer.Option("--at", metavar="PLACE", help="There alone.")]
Lot = Annotated[str | None, typer.Option("--lot", metavar="LOT", help="Lot or serial number.")]
Because = Annotated[str, typer.Option("--because", metavar="TEXT", help="Why. The history shows it.")]
Key = Annotated[
    str | None, typer.Option("--key", metavar="UUID", help="Sent again with the same key, it is done once.")
]


@command(app)
async def stock(
    search: Annotated[str | None, typer.Argument(metavar="WORDS", help="Each stands in number or name.")] = None,
    *,
    at: Somewhere = None,
    low: Annotated[bool, typer.Option("--low", help="At the reorder level or below, with what is coming.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    after: Annotated[str | None, typer.Option("--after", metavar="PART", help="Go on after that one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List parts with what is there, kept, free and coming."""
    from starter.cli.part import do

    await do.list_stock(search, at, low=low, limit=limit, after=after, as_json=as_json)


@command(app)
async def show(part: Part, *, as_json: AsJson = False) -> None:
    """Show where a part lies, for whom it is kept, and how it moved."""
    from starter.cli.part import do

    await do.show_part(part, as_json=as_json)


@command(app)
async def places(*, as_json: AsJson = False) -> None:
    """List the places where parts lie."""
    from starter.cli.part import do

    await do.list_places(as_json=as_json)


@command(app)
async def reorder(*, as_json: AsJson = False) -> None:
    """Show what should be ordered, or moved to a place, now."""
    from starter.cli.part import do

    await do.show_proposals(as_json=as_json)


@command(app)
async def reserve(
    ticket: Ticket,
    part: Part,
    *,
    quantity: Quantity = 1,
    at: Somewhere = None,
    lot: Lot = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Kept till then, at most as long as the ticket.")
    ] = None,
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Keep parts for a ticket: all of them, or none and when the next ones come."""
    from starter.cli.part import do

    said = {"ticket": ticket, "quantity": quantity, "location": at, "lot": lot, "until": do.kept_until(until)}
    await do.change(StockDoing.RESERVE, said, label=part, key=key, by=by, as_json=as_json)


@command(app)
async def release(
    ticket: Ticket,
    part: Annotated[str | None, typer.Argument(metavar="PART", help="One part alone.")] = None,
    *,
    because: Because = "",
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Give back what is kept for a ticket."""
    from starter.cli.part import do

    said = {"ticket": ticket, "reason": because or None}
    await do.change(StockDoing.RELEASE, said, label=part, key=key, by=by, as_json=as_json)


@command(app)
async def use(
    ticket: Ticket,
    part: Part,
    *,
    quantity: Quantity = 1,
    at: Somewhere = None,
    lot: Lot = None,
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Parts went into the unit of a ticket: those that are kept for it first."""
    from starter.cli.part import do

    said = {"ticket": ticket, "quantity": quantity, "location": at, "lot": lot}
    await do.change(StockDoing.USE, said, label=part, key=key, by=by, as_json=as_json)


@command(app, "return")
async def return_(
    ticket: Ticket,
    part: Part,
    *,
    to: Annotated[str, typer.Option("--to", metavar="PLACE", help="Where they lie now.")],
    quantity: Quantity = 1,
    lot: Lot = None,
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Parts that a ticket took were not needed, and are back."""
    from starter.cli.part import do

    said = {"ticket": ticket, "quantity": quantity, "to": to, "lot": lot}
    await do.change(StockDoing.RETURN, said, label=part, key=key, by=by, as_json=as_json)


@command(app)
async def receive(
    part: Part,
    *,
    to: Annotated[str, typer.Option("--to", metavar="PLACE", help="Where they lie now.")],
    quantity: Quantity = 1,
    lot: Annotated[str | None, typer.Option("--lot", metavar="LOT")] = None,
    serial: Annotated[str | None, typer.Option("--serial", metavar="NUMBER")] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DAY", help="The last day on which it may be used.")
    ] = None,
    because: Because = "",
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Parts have come in from outside. A scanned code says lot, serial number and day by itself."""
    from starter.cli.part import do

    said = {"quantity": quantity, "to": to, "lot": lot, "serial": serial, "expires_on": expires}
    said["reason"] = because or None
    await do.change(StockDoing.RECEIVE, said, label=part, key=key, by=by, as_json=as_json)


@command(app)
async def move(
    part: Part,
    *,
    from_: Annotated[str, typer.Option("--from", metavar="PLACE")],
    to: Annotated[str, typer.Option("--to", metavar="PLACE", help="Where somebody takes them in.")],
    quantity: Quantity = 1,
    lot: Lot = None,
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Send parts to another place. They are on their way until `part arrived`."""
    from starter.cli.part import do

    said = {"quantity": quantity, "from": from_, "to": to, "lot": lot}
    await do.change(StockDoing.SEND, said, label=part, key=key, by=by, as_json=as_json)


@command(app)
async def arrived(
    transfer: Annotated[str, typer.Argument(metavar="TRANSFER", help="Its id; `part show` has it.")],
    *,
    quantity: Annotated[int | None, typer.Option("--quantity", "-q", min=1, help="Default: all of them.")] = None,
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take in what was sent."""
    from starter.cli.part import do

    said = {"transfer": transfer, "quantity": quantity}
    await do.change(StockDoing.TAKE_IN, said, key=key, by=by, as_json=as_json)


@command(app)
async def count(
    part: Part,
    counted: Annotated[int, typer.Argument(metavar="NUMBER", min=0, help="How many lie there.")],
    *,
    at: At,
    because: Because,
    version: Annotated[
        int | None,
        typer.Option("--version", help="Only if nothing has moved since `part show` said so. Default: as it is now."),
    ] = None,
    lot: Lot = None,
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """What was counted is what lies there from now on."""
    from starter.cli.part import do

    said = {"location": at, "counted": counted, "version": version, "lot": lot, "reason": because}
    await do.change(StockDoing.COUNT, said, label=part, key=key, by=by, as_json=as_json)


@command(app)
async def waste(
    part: Part,
    *,
    at: At,
    because: Because,
    quantity: Quantity = 1,
    lot: Lot = None,
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Parts can't be used any more."""
    from starter.cli.part import do

    said = {"location": at, "quantity": quantity, "lot": lot, "reason": because}
    await do.change(StockDoing.WASTE, said, label=part, key=key, by=by, as_json=as_json)


@command(app)
async def block(
    part: Part,
    *,
    because: Because,
    lot: Lot = None,
    again: Annotated[bool, typer.Option("--lift", help="It is good again.")] = False,
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Recall a lot: nobody uses or reserves it, and tickets give it back."""
    from starter.cli.part import do

    doing = StockDoing.UNBLOCK if again else StockDoing.BLOCK
    await do.change(doing, {"lot": lot, "reason": because}, label=part, key=key, by=by, as_json=as_json)


@command(app)
async def place(
    code: Annotated[str, typer.Argument(metavar="CODE", help="VAN-7")],
    *,
    kind: Annotated[PlaceKind | None, typer.Option("--kind", help="Of a new one.")] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT")] = None,
    engineer: Annotated[str | None, typer.Option("--engineer", metavar="CODE", help="Whose van it is.")] = None,
    site: Annotated[str | None, typer.Option("--site", metavar="CUSTOMER.SITE", help="Where consignment is.")] = None,
    retire: Annotated[bool, typer.Option("--retire", help="It takes nothing new. Only when it is empty.")] = False,
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a place for parts, name it anew, retire it."""
    from starter.cli.part import do

    said = {
        "code": code,
        "kind": kind and kind.value,
        "name": name,
        "engineer": engineer,
        "site": site,
        "active": not retire,
    }
    await do.change(StockDoing.PLACE, said, key=key, by=by, as_json=as_json)


@command(app)
async def level(
    part: Part,
    *,
    at: At,
    minimum: Annotated[int, typer.Option("--minimum", min=0, help="There should be at least so many.")],
    reorder_point: Annotated[int, typer.Option("--reorder", min=0, help="At so many, fill it up.")],
    key: Key = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say how many of a part a place should have."""
    from starter.cli.part import do

    said = {"location": at, "minimum": minimum, "reorder_point": reorder_point}
    await do.change(StockDoing.LEVEL, said, label=part, key=key, by=by, as_json=as_json)
