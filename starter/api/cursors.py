"""Where a page goes on: what the page before ended with, in a form that nobody is tempted to make up."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import fields
from hashlib import sha256

from starter.failures import BadInput
from starter.given import storable
from starter.reading.tickets import TicketFilter

_PARTS = fields(TicketFilter)


def cursor_of(value: str | None) -> str | None:
    """The cursor of what a page ended with."""
    return None if value is None else urlsafe_b64encode(value.encode()).decode().rstrip("=")


def value_of(cursor: str | None) -> str | None:
    """What the page before ended with.

    Raises:
        BadInput: no page of ours gave that cursor.
    """
    if cursor is None:
        return None
    try:
        value = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        value = ""
    if not value or cursor_of(value) != cursor:
        raise BadInput("That is no cursor. Take `next` of the page before as it is, or none for the first page.")
    return storable(value, "cursor")


def cursor_in(place: str | None, wanted: TicketFilter) -> str | None:
    """The cursor of where a page of tickets ended: it says of which list that was."""
    return None if place is None else cursor_of(f"{place} {_name(wanted)}")


def place_in(cursor: str | None, wanted: TicketFilter) -> str | None:
    """Where the page before ended, of the same list.

    Raises:
        BadInput: no page of ours gave that cursor, or one of a list with other filters or in another order did.
    """
    value = value_of(cursor)
    if value is None:
        return None
    place, _, name = value.partition(" ")
    if name != _name(wanted):
        raise BadInput(
            "That is no cursor of this list: filters and order are those of the page before. "
            "Leave them as they were, or begin with the first page."
        )
    return place


def _name(wanted: TicketFilter) -> str:
    """A list's name, as short as it may be without meeting another's by chance."""
    return sha256(repr([getattr(wanted, one.name) for one in _PARTS]).encode()).hexdigest()[:12]
