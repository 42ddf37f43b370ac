"""A report on its way to becoming a ticket."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from models.contracts.base import Actor, FromPeople, Message, Name, Text
from models.contracts.tickets import OpenedTicket
from models.spelling import unreadable
from models.vocabulary.tickets import Priority

FNC1 = "\x1d"
"""What a scanner sends between two parts of a UDI; nobody sees it."""


def legible(text: str) -> None:
    """Refuse a text that can't identify anything.

    Raises:
        ValueError: there is something in it that can't be seen, or it was read in a wrong encoding.
    """
    if (flaw := unreadable(text)) is not None:
        raise ValueError(f"it {flaw}")


class FaultReport(FromPeople):
    """What a reporter says. `unit` is an id, a serial number, a UDI or the token of a QR label."""

    unit: Name
    description: Text
    priority: Priority
    reporter: Actor
    key: Annotated[str | None, Field(description="Idempotency key: the same key is the same ticket.")] = None

    @field_validator("unit")
    @classmethod
    def _can_be_read(cls, unit: str) -> str:
        legible(unit.replace(FNC1, ""))
        return unit

    @field_validator("reporter")
    @classmethod
    def _is_somebody(cls, reporter: Actor) -> Actor:
        legible(reporter.code)
        return reporter


class Acknowledgement(Message):
    """The ticket that a report became. `created` is False when the key was known: `ticket` is the earlier one."""

    ticket: OpenedTicket
    created: bool
    differs: tuple[str, ...] = ()
    """With a known key: the fields in which this report differs from the ticket's."""
