"""Where a page goes on: what the page before ended with, in a form that nobody is tempted to make up."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from starter.failures import BadInput
from starter.given import storable


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
