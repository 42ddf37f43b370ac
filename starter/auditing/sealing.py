"""Seals over the audit trail: making them, and computing them anew."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Self

from models.database import Database, DatabaseUnavailable
from models.sql_functions import SqlFunction
from models.vocabulary import AuditBreak
from starter.auditing.findings import Break

PAGE = 20_000
"""Hashes read at once."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOCK_NOT_AVAILABLE = "55P03"
RETRY_EVERY = 2.0
_ANCHOR = re.compile(r"(?P<seal>[1-9][0-9]{0,17}):(?P<hash>[0-9a-fA-F]{64})")


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal as it is stored."""

    seal_number: int
    from_entry: int
    to_entry: int
    entries: int
    previous_hash: str | None
    hash: str
    sealed_at: datetime

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls(**{name: row[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Anchor:
    """The hash of a seal as it was written down elsewhere."""

    seal_number: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The anchor written as SEAL:HASH.

        Raises:
            ValueError: it is not.
        """
        found = _ANCHOR.fullmatch(text.strip())
        if found is None:
            raise ValueError(f'"{text}" is not an anchor: it is a seal\'s number, a colon and its 64 digits')
        return cls(int(found["seal"]), found["hash"].lower())


async def seal_trail(database: Database, patience: timedelta) -> AsyncIterator[Seal]:
    """Seal everything that is new; more than one seal where that is a lot.

    Raises:
        DatabaseUnavailable: the database is away, or a writer kept the trail busy for longer than `patience`.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience.total_seconds()
    while True:
        try:
            rows = await database.rows(SqlFunction.SEAL_AUDIT_TRAIL)
        except DatabaseUnavailable as error:
            if error.sqlstate != LOCK_NOT_AVAILABLE or loop.time() >= until:
                raise
            await asyncio.sleep(RETRY_EVERY)  # an import in one transaction takes its time
            continue
        if not rows:
            return
        yield Seal.of(rows[0])


async def check_seals(
    database: Database, anchors: Iterable[Anchor], advanced: Callable[[int], None]
) -> tuple[list[Seal], list[Break]]:
    """Every seal, and what is wrong with them: each is computed anew from the entries under it."""
    seals = [Seal.of(row) for row in await database.rows(SqlFunction.READ_AUDIT_SEALS)]
    breaks: list[Break] = []
    before: Seal | None = None
    for seal in seals:
        number, end, hash_ = (before.seal_number, before.to_entry, before.hash) if before else (0, 0, None)
        if seal.seal_number != number + 1:
            breaks.append(Break(AuditBreak.SEAL_MISSING, entry_number=seal.from_entry, seal=seal.seal_number))
        elif (seal.from_entry, seal.previous_hash) != (end + 1, hash_):
            breaks.append(_broken(seal, "it does not follow the seal before it"))
        if (detail := await _recomputed(database, seal, advanced)) is not None:
            breaks.append(_broken(seal, detail))
        before = seal
    stored = {seal.seal_number: seal.hash for seal in seals}
    breaks += [
        Break(AuditBreak.ANCHOR_BROKEN, seal=anchor.seal_number, detail="" if anchor.seal_number in stored else "gone")
        for anchor in anchors
        if stored.get(anchor.seal_number) != anchor.hash
    ]
    return seals, breaks


async def _recomputed(database: Database, seal: Seal, advanced: Callable[[int], None]) -> str | None:
    """What is wrong with the hash of a seal; None: nothing."""
    microseconds = (seal.sealed_at - EPOCH) // timedelta(microseconds=1)
    head = f"{seal.seal_number} {seal.from_entry} {seal.to_entry} {seal.entries} {microseconds}"
    digest = sha256(f"{seal.previous_hash or ''}\n{head}".encode())
    count, after = 0, seal.from_entry - 1
    while rows := await database.rows(SqlFunction.READ_AUDIT_ENTRIES, after, seal.to_entry, PAGE):
        digest.update("".join(f"\n{row['entry_number']} {row['hash']}" for row in rows).encode())
        count += len(rows)
        after = rows[-1]["entry_number"]
        advanced(len(rows))
    if count != seal.entries:
        return f"{seal.entries:,} entries from {seal.from_entry} to {seal.to_entry} were sealed, {count:,} are there"
    return None if digest.hexdigest() == seal.hash else f"entries {seal.from_entry} to {seal.to_entry}"


def _broken(seal: Seal, detail: str) -> Break:
    return Break(AuditBreak.SEAL_BROKEN, entry_number=seal.from_entry, seal=seal.seal_number, detail=detail)
