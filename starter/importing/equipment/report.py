"""The account of an import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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


@dataclass(frozen=True, slots=True)
class Resemblance:
    """A serial number that is not written as another one, and either means the same unit or is easily taken for it.

    Attributes:
        other_line: where the other one stands in the file; None: it is registered.
        same_unit: it is another spelling, and was taken as that unit; otherwise it is a unit of its own.
    """

    line: int
    serial: str
    other: str
    other_line: int | None
    same_unit: bool


@dataclass(slots=True)
class Report:
    """What became of a file. `rows` is the sum of new, updated, unchanged, repeated and rejected.

    Attributes:
        written: whether anything was stored; without it new, updated and unchanged are what would have been.
        by_reason: rejected rows; a row that has several reasons counts for each.
        changed: updated units by the field that changed.
        decommissioned: units that the file has and the registry says are out of service; they stay so.
        udi_left_out: units stored without UDI, since theirs names a model only and can't be completed.
        resembling: by line, serial numbers that are another one in another spelling, or easily taken for another one.
        models: models by maker and name that are easily taken for another one of that maker.
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
    resembling: dict[int, Resemblance] = field(default_factory=dict)
    models: Mapping[tuple[str, str], str] = field(default_factory=dict)
    _not_placed: Counter[tuple[str, str]] = field(default_factory=Counter)
    _nearest: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def not_placed(self) -> tuple[NotPlaced, ...]:
        """The values that could not be placed, the most frequent first."""
        return tuple(
            NotPlaced(where, value, rows, self._nearest[where, value])
            for (where, value), rows in sorted(self._not_placed.items(), key=lambda one: (-one[1], one[0]))
        )

    def resembles(self, line: int, serial: str, other: str, other_line: int | None, *, same_unit: bool) -> None:
        """Note what a line may be confused with; what was noted first stays."""
        self.resembling.setdefault(line, Resemblance(line, serial, other, other_line, same_unit))

    def reject(self, reasons: Iterable[Reason], not_placed: Iterable[NotPlacedError] = ()) -> None:
        self.rejected += 1
        self.by_reason.update(reasons)
        for one in not_placed:
            key = (one.where.value, one.value)
            self._not_placed[key] += 1
            self._nearest[key] = one.nearest

    def on_spelling(self, most: int) -> Iterator[str]:
        """What may be confused with something else, in sentences; at most so many of a kind."""
        serials = sorted(self.resembling.values(), key=lambda one: one.line)
        for one in serials[:most]:
            where = "registered" if one.other_line is None else f"line {one.other_line}"
            if one.same_unit:
                yield f"Same unit: {one.serial!r} in line {one.line} is {one.other} ({where}), written otherwise"
            else:
                yield f"Looks alike: {one.serial!r} in line {one.line} resembles {one.other} ({where}); another unit"
        if len(serials) > most:
            yield f"Looks alike: {len(serials) - most:,} more serial numbers; --json lists them all"
        models = list(self.models.items())
        for (maker, model), other in models[:most]:
            yield f"Looks alike: the model {model!r} of {maker} resembles {other}"
        if len(models) > most:
            yield f"Looks alike: {len(models) - most:,} more models; --json lists them all"
