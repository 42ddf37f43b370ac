"""What `fieldcare part …` does, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.vocabulary.stock import StockDoing, StockStanding
from starter.accounts.kept import configured_token
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.parsing import instant, myself
from starter.cli.terminal.run import out
from starter.failures import BadInput
from starter.services import database_only
from starter.stock import looking
from starter.stock.changing import Done, Hand
from starter.stock.labels import read_label

SAID = {
    StockStanding.RELEASED: "Given back.",
    StockStanding.RETURNED: "Back in stock.",
    StockStanding.RECEIVED: "Received.",
    StockStanding.WASTED: "Taken out of stock.",
    StockStanding.UNBLOCKED: "Good to use again.",
    StockStanding.PLACED: "Kept.",
    StockStanding.LEVELLED: "Kept.",
}


def kept_until(text: str | None) -> str | None:
    """A time as the database takes it."""
    return None if text is None else instant(text, "--until").isoformat()


async def change(
    doing: StockDoing,
    said: Mapping[str, Any],
    *,
    label: str | None = None,
    key: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Have something done, as whoever is signed in or as the operator, and say how it stands.

    Args:
        label: the part, by its number or as its label was scanned.
    """
    settings, words = read_settings(), labelled(doing, said, label)
    token = configured_token(settings)
    async with database_only(settings, as_owner=token is None) as database:
        if doing is StockDoing.COUNT and words.get("version") is None:
            words["version"] = await _version(words)
        hand = Hand(database, by if by is not None else myself(), token)
        done = await hand.do(doing, words, key)
    if as_json:
        print_json({"event": str(done.event), "standing": done.standing.value, **done.said})
    else:
        _say(done)


def labelled(doing: StockDoing, said: Mapping[str, Any], label: str | None) -> dict[str, Any]:
    """What is said, with what stands on the label of the part where nothing else is said of it.

    Raises:
        BadInput: the label does not say which part it is.
    """
    words = dict(said)
    if label is None:
        return words
    read = read_label(label)
    if read.part is None:
        raise BadInput("What was scanned has no part number (240 or 241): give the part number, and the lot beside it.")
    words["part"] = read.part
    if doing is StockDoing.RECEIVE:
        if words.get("lot") is None and words.get("serial") is None:
            words |= {"lot": read.lot, "serial": read.serial}
        if words.get("expires_on") is None and read.expires_on is not None:
            words["expires_on"] = read.expires_on.isoformat()
    elif doing not in {StockDoing.RELEASE, StockDoing.LEVEL} and words.get("lot") is None:
        words["lot"] = read.serial or read.lot
    return words


async def list_stock(
    search: str | None, at: str | None, *, low: bool, limit: int, after: str | None, as_json: bool
) -> None:
    """Print parts with what there is of them."""
    async with database_only(read_settings()) as database:
        page = await looking.list_stock(database, search=search, location=at, low=low, limit=limit, after=after)
    if as_json:
        print_json({"parts": page.rows, "after": page.following})
        return
    if not page.rows:
        show(out, "Nothing fits.")
        return
    listed = [
        (
            one["part_number"],
            one["name"],
            one["on_hand"],
            one["reserved"],
            one["free"],
            one["in_transit"],
            one["on_order"],
            one["stock_status"].replace("_", " "),
        )
        for one in page.rows
    ]
    heads = ("Part", "Name", "There", "Kept", "Free", "On its way", "On order", "State")
    show(out, Listing(heads, listed, wrap=frozenset({"Name"})))
    if page.following is not None:
        show(out, f"There are more: --after '{page.following}'.")


async def show_part(label: str, *, as_json: bool) -> None:
    """Print a part."""
    part = labelled(StockDoing.RELEASE, {}, label)["part"]
    async with database_only(read_settings()) as database:
        found = await looking.read_stock(database, part)
    if as_json:
        print_json(found)
        return
    show(out, f"{found['part_number']} {found['name']}: {found['on_hand']} in all, {found['on_order']} on order.")
    balances = [
        (
            one["location"],
            one["lot"] or "",
            one["expires_on"] or "",
            one["quantity"],
            one["reserved"],
            one["version"],
            f"blocked: {one['blocked']}" if one["blocked"] else "",
        )
        for one in found["balances"]
        if one["quantity"]
    ]
    if balances:
        heads = ("Place", "Lot", "Expires", "There", "Kept", "Version", "")
        show(out, Listing(heads, balances))
    if found["reservations"]:
        kept = [
            (one["ticket"] or "", one["location"], one["lot"] or "", one["quantity"], one["by"])
            for one in found["reservations"]
        ]
        show(out, Listing(("Kept for", "Place", "Lot", "Number", "By"), kept))
    if found["transfers"]:
        sent = [
            (one["transfer"], one["from"], one["to"], one["lot"] or "", one["quantity"]) for one in found["transfers"]
        ]
        show(out, Listing(("On its way", "From", "To", "Lot", "Number"), sent))
    moved = [
        (
            one["at"][:16].replace("T", " "),
            one["kind"].replace("_", " "),
            one["from"] or "",
            one["to"] or "",
            one["quantity"],
            one["by"],
            " ".join(filter(None, (one["ticket"], one["reason"]))),
        )
        for one in found["movements"]
    ]
    heads = ("When (UTC)", "What", "From", "To", "Number", "By", "Why")
    show(out, Listing(heads, moved, wrap=frozenset({"Why"})))


async def list_places(*, as_json: bool) -> None:
    """Print the places."""
    async with database_only(read_settings()) as database:
        rows = await looking.places(database)
    if as_json:
        print_json({"places": rows})
        return
    if not rows:
        show(out, "No places yet. `fieldcare part place` makes one.")
        return
    listed = [
        (
            one["code"],
            one["name"],
            one["kind"],
            one["engineer"] or one["site"] or "",
            one["holds"],
            "in use" if one["active"] else "retired",
        )
        for one in rows
    ]
    show(out, Listing(("Code", "Name", "Kind", "Whose", "Holds", "State"), listed, wrap=frozenset({"Name"})))


async def show_proposals(*, as_json: bool) -> None:
    """Print what should be ordered or moved."""
    async with database_only(read_settings()) as database:
        rows = await looking.proposals(database)
    if as_json:
        print_json({"proposals": rows})
        return
    if not rows:
        show(out, "Nothing is low.")
        return
    listed = [
        (
            one["part_number"],
            one["name"],
            one["location"] or "",
            one["free"],
            one["coming"] + one["on_order"],
            one["quantity"],
            f"move from {one['move_from']}" if one["move_from"] else "order",
        )
        for one in rows
    ]
    heads = ("Part", "Name", "Place", "Free", "Coming", "Needed", "Do")
    show(out, Listing(heads, listed, wrap=frozenset({"Name"})))


async def _version(said: Mapping[str, Any]) -> int:
    async with database_only(read_settings()) as database:
        found = await looking.read_stock(database, said["part"])
    place, lot = str(said["location"]).upper(), said.get("lot")
    there = [one for one in found["balances"] if one["location"] == place and one["lot"] == lot]
    return int(there[0]["version"]) if there else 0


def _say(done: Done) -> None:
    match done.standing:
        case StockStanding.RESERVED | StockStanding.USED:
            verb = "Kept" if done.standing is StockStanding.RESERVED else "Used"
            taken = ", ".join(
                f"{one['quantity']} of {one['location']}" + (f" ({one['lot']})" if one["lot"] else "")
                for one in done.said["taken"]
            )
            show(out, f"{verb}: {taken}.")
        case StockStanding.SENT:
            show(out, f"On its way. It has arrived with `fieldcare part arrived {done.said['transfer']}`.")
        case StockStanding.TAKEN_IN:
            show(out, f"Taken in; {done.said['outstanding']} are still on their way.")
        case StockStanding.COUNTED:
            show(out, f"Counted: {done.said['difference']:+d}.")
        case StockStanding.BLOCKED:
            given = ", ".join(done.said["tickets"]) or "no ticket"
            show(out, f"Blocked. Given back by {given}.")
        case _:
            show(out, SAID[done.standing])
