"""Puts records in their place: codes become ids, children go under their parents.

A code means a record of the seed files. Where that record was left out (its place in the database is taken), what
refers to it is left out as well, and reported; a code that no file has is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from migrations.seed_files import REFERENCES, Record, SeedError
from migrations.upsert import Placed, Upsert


@dataclass(slots=True)
class Placing:
    """What was placed so far."""

    upsert: Upsert
    ids: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """By table and code, the ids of what the files define; None: it was left out."""

    async def put(self, table: str, records: Sequence[Record], *key: str) -> list[Placed]:
        """Put records whose references are codes; the answers are in the order of the records."""
        whole = [self._resolve(table, record) for record in records]
        put = iter(await self.upsert.put(table, [one for one, ok in zip(records, whole, strict=True) if ok], key))
        placed = [next(put) if ok else Placed() for ok in whole]
        if len(key) == 1:
            codes = (record.values.get(key[0]) for record in records)
            self.ids[table] = {str(code): one.id for code, one in zip(codes, placed, strict=True)}
        return placed

    def _resolve(self, table: str, record: Record) -> bool:
        """Put ids in the stead of codes. No: something that it refers to was left out, and so is the record."""
        for name, (column, target) in REFERENCES.items():
            if name in record.values:
                record.values[column] = self.id_of(target, record.values.pop(name), record)
                if record.values[column] is None:
                    self.upsert.keep(table, record, f"left out: its {name} is not in the database")
                    return False
        return True

    def id_of(self, table: str, code: str, record: Record) -> str | None:
        """The id of what a record refers to by its code; None: that was left out."""
        known = self.ids[table]
        if str(code) not in known:
            raise SeedError(f'{record.where}: there is no "{code}" in {table}. Known are {", ".join(known)}.')
        return known[str(code)]

    def under(
        self, table: str, column: str, placed: Sequence[Placed], families: Sequence[Sequence[Record]]
    ) -> list[Record]:
        """The children of what was placed, a family each, with the id of their parent in `column`."""
        rows = []
        for parent, children in zip(placed, families, strict=True):
            for child in children:
                if parent.id is None:
                    self.upsert.keep(table, child, "left out: what it belongs to is not in the database")
                else:
                    child.values[column] = parent.id
                    rows.append(child)
        return rows
