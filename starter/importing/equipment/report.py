"""The account of an import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from starter.importing.equipment.catalog import NotPlacedError
from starter.importing.equipment.parties import Newcomers
from starter.importing.equipment.rows import Reason


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """A value that means nothing here, and in how many rows it stands."""

    field: str
    value: str
    rows: int
    nearest: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """What became of a file. `rows` is the sum of new, updated, unchanged, repeated and rejected.

    Attributes:
        written: whether anything was stored; without it new, updated and unchanged are what would have been.
        by_reason: rejected rows; a row that has several reasons counts for each.
        changed: updated units by the field that changed.
        decommissioned: units that the file has and the registry says are out of service; they stay so.
        udi_left_out: units stored without UDI, since theirs names a model only and can't be completed.
    """

    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    rejected: int = 0
    written: bool = False
    by_reason: Counter[Reason] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    decommissioned: int = 0
    udi_left_out: int = 0
    created: Newcomers = field(default_factory=Newcomers)
    _not_placed: Counter[tuple[str, str]] = field(default_factory=Counter)
    _nearest: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def not_placed(self) -> tuple[NotPlaced, ...]:
        """The values that could not be placed, the most frequent first."""
        return tuple(
            NotPlaced(where, value, rows, self._nearest[where, value])
            for (where, value), rows in sorted(self._not_placed.items(), key=lambda one: (-one[1], one[0]))
        )

    def reject(self, reasons: Iterable[Reason], not_placed: Iterable[NotPlacedError] = ()) -> None:
        self.rejected += 1
        self.by_reason.update(reasons)
        for one in not_placed:
            key = (one.where.value, one.value)
            self._not_placed[key] += 1
            self._nearest[key] = one.nearest
