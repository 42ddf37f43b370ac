"""Verifies the audit trail: chains, their ends, seals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from models.database import Database
from models.sql_functions import SqlFunction
from models.vocabulary import AuditBreak
from starter.auditing.chains import ChainWalk
from starter.auditing.findings import Break, Findings
from starter.auditing.sealing import Anchor, Seal, check_seals

PAGE = 5_000
"""Entries read at once: some 5 MB."""

PATIENCE = 600.0
"""Seconds for one statement: the ends of all chains are compared in one, because they must be of one instant."""

_BEFORE_ALL = UUID(int=0)


@dataclass(slots=True)
class Verification:
    """What was looked at, and what is wrong with it."""

    entries: int = 0
    chains: int = 0
    seals: list[Seal] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    @property
    def intact(self) -> bool:
        return not self.findings.total


async def verify_trail(
    database: Database, anchors: Iterable[Anchor] = (), *, advanced: Callable[[int], None] = lambda _: None
) -> Verification:
    """Verify the whole trail, in bounded memory. Writers go on meanwhile, and what they add disturbs nothing.

    Args:
        database: with a statement timeout of `PATIENCE`.
        advanced: told how many further entries were walked, by chain and again by seal.
    """
    done, walk = Verification(), ChainWalk()
    place = (_BEFORE_ALL, -1)
    while rows := await database.rows(SqlFunction.READ_AUDIT_CHAINS, *place, PAGE):
        for row in rows:
            for one in walk.step(row):
                done.findings.add(one)
        place = (rows[-1]["subject_id"], rows[-1]["sequence"])
        advanced(len(rows))
    done.entries, done.chains = walk.entries, walk.chains
    await _compare_ends(database, None, done.findings)
    done.seals, broken = await check_seals(database, anchors, advanced)
    for one in broken:
        done.findings.add(one)
    return done


async def verify_ends(database: Database) -> Verification:
    """Only compare each chain's end with its ticket or row: quick, and blind to what was changed before the end."""
    done = Verification()
    await _compare_ends(database, None, done.findings)
    return done


async def verify_chain(database: Database, subject_id: UUID) -> Verification:
    """Verify the chain of one subject alone; no seal is looked at."""
    done, walk = Verification(), ChainWalk()
    sequence, page = -1, 100
    while rows := await database.rows(SqlFunction.READ_AUDIT_CHAINS, subject_id, sequence, page):
        own = [row for row in rows if row["subject_id"] == subject_id]
        for row in own:
            for one in walk.step(row):
                done.findings.add(one)
        if len(own) < page:
            break
        sequence, page = own[-1]["sequence"], PAGE
    done.entries, done.chains = walk.entries, walk.chains
    await _compare_ends(database, subject_id, done.findings)
    return done


async def _compare_ends(database: Database, subject_id: UUID | None, findings: Findings) -> None:
    rows = await database.rows(SqlFunction.FIND_AUDIT_BREAKS, subject_id)
    for row in rows:
        detail = "" if row["last_sequence"] is None else f"the ticket stands at fact {row['last_sequence']}"
        place = (row["subject_table"], row["subject_id"], row["sequence"], row["entry_number"])
        findings.add(Break(AuditBreak(row["kind"]), *place, detail=detail))
    if rows:
        findings.total += rows[0]["total"] - len(rows)
