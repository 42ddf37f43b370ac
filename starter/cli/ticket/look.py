"""What `fieldcare ticket list` and `ticket show` do."""

from __future__ import annotations

from starter.addresses import read_settings
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.run import err, out, say
from starter.cli.ticket.show import show_one_ticket
from starter.cli.ticket.show_list import show_list
from starter.reading import tickets


async def list_tickets(wanted: tickets.TicketFilter, *, limit: int, after: str | None, as_json: bool) -> None:
    """Print a page of tickets."""
    page = await tickets.list_tickets(read_settings(), wanted, limit, after)
    if as_json:
        rows = [{**row, "trouble": page.troubles.get(row["number"])} for row in page.rows]
        print_json({"tickets": rows, "next": page.following})
        return
    if not page.rows:
        any_at_all = wanted.is_any and after is None
        show(out, "No tickets yet. Open one with `fieldcare ticket open`." if any_at_all else "No ticket fits.")
        return
    show_list(out, page.rows, page.troubles)
    if page.following:
        show(err, f"There may be more: --after {page.following}")


async def show_one(reference: str, *, live: bool, wait: float, as_json: bool, full: bool = False) -> None:
    """Print a ticket from the database, and live from its workflow where that is asked for or all there is."""
    seen = await tickets.look_at(read_settings(), reference, live=live, wait=wait, standing_of_ended=as_json)
    if seen.note:
        say(seen.note)
    show_one_ticket(seen, as_json, full=full)
