"""What is done about stock: by an operator with the owner's rights, or by whoever shows that they may."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr

from models.access import Action
from models.database_calls import Calls
from models.database_errors import DatabaseRefused
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role
from models.vocabulary.stock import StockDoing, StockStanding
from starter.accounts.gate import check, guard
from starter.accounts.keys import TOKEN_PREFIX, digest_of
from starter.failures import BadInput, Failure, FailureCode, NotAllowed, Refused
from starter.given import storable

NOT_THEIRS, CHANGED, UNKNOWN = "FC012", "FC013", "FC015"

ACTIONS: Mapping[StockDoing, Action] = MappingProxyType(
    {
        StockDoing.RESERVE: Action.RESERVE_PARTS,
        StockDoing.RELEASE: Action.RESERVE_PARTS,
        StockDoing.USE: Action.USE_PARTS,
        StockDoing.RETURN: Action.USE_PARTS,
        StockDoing.SEND: Action.MOVE_STOCK,
        StockDoing.TAKE_IN: Action.MOVE_STOCK,
        StockDoing.COUNT: Action.MOVE_STOCK,
        StockDoing.WASTE: Action.MOVE_STOCK,
        StockDoing.RECEIVE: Action.KEEP_STOCK,
        StockDoing.BLOCK: Action.KEEP_STOCK,
        StockDoing.UNBLOCK: Action.KEEP_STOCK,
        StockDoing.PLACE: Action.KEEP_STOCK,
        StockDoing.LEVEL: Action.KEEP_STOCK,
    }
)
"""What somebody has to be allowed to do; whose van it is, `administer_stock()` says."""


class TooFew(Refused):
    """Fewer are free than were asked for; nothing was kept.

    Attributes:
        free: how many there are.
        expected_at: when the next ones come.
        by_order: whether an order that is on its way says so; otherwise it is the lead time of the part, from now on.
    """

    code = FailureCode.TOO_FEW_PARTS

    def __init__(self, part: str, needed: int, free: int, expected_at: datetime, *, by_order: bool) -> None:
        self.free = free
        self.expected_at = expected_at
        self.by_order = by_order
        when = f"{expected_at:%Y-%m-%d %H:%M} UTC"
        source = f"The next ones are expected by {when}" if by_order else f"Ordered now, they are here by {when}"
        super().__init__(f"Of {part}, {free} are free and {needed} are needed; nothing was kept. {source}.")


class MovedMeanwhile(Refused):
    """Parts have moved since they were counted; nothing was changed."""

    code = FailureCode.CHANGED_MEANWHILE


class UnknownStock(Refused):
    """There is no such part, place, lot or transfer."""

    code = FailureCode.UNKNOWN_ROW


@dataclass(frozen=True, slots=True)
class Done:
    """What was done about stock.

    Attributes:
        event: the id that it was done under; sent again under it, it is answered again.
        said: the answer, as `change_stock()` gives it.
    """

    event: UUID
    standing: StockStanding
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hand:
    """Whoever changes something, and by what right.

    Attributes:
        by: an operator, with the database of its owner.
        token: of somebody who may, with the application's database, which looks at it itself.
    """

    database: Calls
    by: str = ""
    token: SecretStr | None = None

    async def do(self, doing: StockDoing, said: Mapping[str, Any], key: str | None = None) -> Done:
        """Have something done, once for each key.

        Raises:
            NotAllowed: they may not.
            UnknownTicket: there is no such ticket, for them.
            UnknownStock: there is no such part, place, lot or transfer.
            TooFew: fewer are free than were asked for.
            MovedMeanwhile: it is not what they have counted.
            Refused: it can't be done.
        """
        given = {name: value for name, value in said.items() if value is not None}
        for name, value in given.items():
            if isinstance(value, str):
                storable(value, name.replace("_", " "))
        if "ticket" in given and self.database.principal is not None:
            await guard(self.database, ACTIONS[doing], given["ticket"])
        else:
            check(self.database, ACTIONS[doing])
        event, document = _event(key), json.dumps(given)
        try:
            if self.token is None:
                answer = await self.database.call(
                    SqlFunction.CHANGE_STOCK, event, doing.value, document, self.by, Role.OPERATOR.value
                )
            else:
                digest = digest_of(self.token.get_secret_value(), TOKEN_PREFIX)
                answer = await self.database.call(SqlFunction.ADMINISTER_STOCK, digest, event, doing.value, document)
        except DatabaseRefused as error:
            raise _refused(error) from error
        found = json.loads(answer)
        standing = StockStanding(found.pop("standing"))
        if standing is StockStanding.SHORT:
            expected = datetime.fromisoformat(found["expected_at"])
            by_order = found["by"] == "order"
            raise TooFew(given["part"], found["needed"], found["free"], expected, by_order=by_order)
        return Done(event, standing, found)


def _event(key: str | None) -> UUID:
    if key is None:
        return uuid4()
    try:
        return UUID(key)
    except ValueError:
        raise BadInput("The key of what is done about stock is a UUID.") from None


def _refused(error: DatabaseRefused) -> Failure:
    sentence = f"{str(error)[:1].upper()}{str(error)[1:]}."
    kinds: Mapping[str | None, type[Refused]] = {CHANGED: MovedMeanwhile, UNKNOWN: UnknownStock, NOT_THEIRS: NotAllowed}
    return kinds.get(error.sqlstate, Refused)(sentence)
