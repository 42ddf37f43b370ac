"""Whether every signature is still one of the record as it stands, by somebody who has shown who they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

from models.database import Database
from models.records import TicketRecord, UnreadableRecord
from models.sql_functions import SqlFunction
from starter.reading.signing import SignatureOnRecord, signatures_of

KEPT = 20
"""Signatures that do not fit and are remembered; the others are counted."""
PAGE = 100


@dataclass(slots=True)
class SignaturesChecked:
    """How many signatures were held against the record, and which do not fit."""

    count: int = 0
    broken: int = 0
    first: list[SignatureOnRecord] = field(default_factory=list)

    @property
    def fit(self) -> bool:
        return not self.broken

    def add(self, one: SignatureOnRecord) -> None:
        self.count += 1
        if one.trouble:
            self.broken += 1
            self.first = [*self.first, one][:KEPT]


async def verify_signatures(
    database: Database, number: str | None = None, *, advanced: Callable[[int], None] = lambda _: None
) -> SignaturesChecked:
    """Compute the digest of every signature afresh, from the record, in bounded memory.

    Args:
        number: of one ticket alone.
        advanced: told how many further tickets were looked at.
    """
    done, after = SignaturesChecked(), ""
    while rows := await database.rows(SqlFunction.LIST_SIGNATURES, number, after, PAGE):
        for ticket, signed in groupby(rows, key=lambda row: row["number"]):
            after, own = ticket, list(signed)
            try:
                record = TicketRecord.parse(await database.call(SqlFunction.GET_TICKET, ticket))
            except UnreadableRecord as error:
                for one in own:
                    done.add(SignatureOnRecord(ticket, one["stage_key"], one["visit"], None, str(error), None))
            else:
                for found in await signatures_of(database, record, own):
                    done.add(found)
            advanced(1)
    return done
