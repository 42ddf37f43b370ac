"""How whoever asks can sign a ticket off, or have it signed."""

from __future__ import annotations

from dataclasses import dataclass

from models.access import CAPACITIES, Action, Allowed, may
from models.database_calls import Calls
from models.principals import Principal, Whose
from models.vocabulary.people import Role
from starter.accounts.gate import whose_ticket


@dataclass(frozen=True, slots=True)
class Ways:
    """What is open to somebody.

    Attributes:
        password: they are of the ticket's hospital, and sign with their password.
        by_hand: they complete the stage, and bring a signature that somebody draws on their screen.
        link: they may send a link to somebody who signs by it.
    """

    password: bool
    by_hand: bool
    link: bool


def ways_of(principal: Principal, whose: Whose) -> Ways:
    """How somebody can sign a ticket off, or have it signed."""

    def completes(capacity: Role) -> bool:
        return isinstance(may(principal, "CompleteStage", whose, capacity=capacity), Allowed)

    others = {CAPACITIES[one.role] for one in principal.grants if one.role in CAPACITIES} - {Role.HOSPITAL}
    return Ways(
        password=completes(Role.HOSPITAL),
        by_hand=any(completes(one) for one in others),
        link=isinstance(may(principal, Action.SIGNING_LINK, whose), Allowed),
    )


async def ways(database: Calls, reference: str) -> Ways:
    """The same for whoever asks.

    Raises:
        UnknownTicket: there is no such ticket.
    """
    if database.principal is None:
        return Ways(password=True, by_hand=True, link=True)
    return ways_of(database.principal, await whose_ticket(database, reference))
