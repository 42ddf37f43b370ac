"""A report on its way to becoming a ticket."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from models.contracts.base import Actor, FromPeople, Message, Name, Text
from models.contracts.tickets import OpenedTicket
from models.vocabulary.tickets import Priority


class FaultReport(FromPeople):
    """What a reporter says. `unit` is an id, a serial number, a UDI or the token of a QR label."""

    unit: Name
    description: Text
    priority: Priority
    reporter: Actor
    key: Annotated[str | None, Field(description="Idempotency key: the same key is the same ticket.")] = None


class Acknowledgement(Message):
    """The ticket that a report became. `created` is False when the key was known: `ticket` is the earlier one."""

    ticket: OpenedTicket
    created: bool
    differs: tuple[str, ...] = ()
    """With a known key: the fields in which this report differs from the ticket's."""
