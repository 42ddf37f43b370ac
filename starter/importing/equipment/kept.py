"""Units between reading and storing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Any

from starter.importing.equipment.rows import Unit
from starter.importing.records import Record

BATCH = 5_000
"""Units in one call of the database."""
_IN_MEMORY = 8_000_000


class KeptUnits:
    """The units of a file, with their records: in memory while they are few, else in a file without a name."""

    def __init__(self) -> None:
        self._file: IO[str] = SpooledTemporaryFile(_IN_MEMORY, mode="w+", encoding="ascii")  # noqa: SIM115 - see __exit__
        self._units: list[dict[str, Any]] = []
        self._records: dict[int, Mapping[str, object]] = {}
        self.count = 0

    def __enter__(self) -> KeptUnits:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, unit: Unit, record: Record) -> None:
        self._units.append(unit.row())
        self._records[unit.line] = record.values
        self.count += 1
        if len(self._units) == BATCH:
            self._put_away()

    def batches(self) -> Iterator[tuple[str, str]]:
        """The units as JSON, and their records by line as JSON."""
        self._put_away()
        self._file.seek(0)
        while units := self._file.readline():
            yield units, self._file.readline()

    def _put_away(self) -> None:
        if self._units:
            self._file.write(json.dumps(self._units) + "\n")
            self._file.write(json.dumps(self._records) + "\n")
        self._units, self._records = [], {}
