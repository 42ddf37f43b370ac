"""Writing a registry: every row is read first, then all units are stored in one transaction, or none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from models.database import Database, Transaction
from models.spelling import look, normal_form
from models.sql_functions import SqlFunction
from starter.importing.equipment.catalog import NotPlacedError
from starter.importing.equipment.kept import KeptUnits
from starter.importing.equipment.parties import Newcomer, Newcomers
from starter.importing.equipment.report import Report
from starter.importing.equipment.rows import Reason, UnfitError, Unit, UnitReader
from starter.importing.records import Record, Rejected

_BREATH = 200
"""Rows after which somebody else may run, so that Ctrl-C is heard."""


class Outcome(StrEnum):
    """What `import_equipment()` says became of a unit."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


REFUSALS = {
    "registered_differently": (
        Reason.REGISTERED_DIFFERENTLY,
        "the serial number is registered as {detail}; if the row is right, --overwrite corrects the registry",
    ),
    "udi_taken": (Reason.UDI_TAKEN, "the UDI is registered for the unit {detail}"),
    "after_warranty": (Reason.AFTER_WARRANTY, "it is installed after its warranty or contract ended, on {detail}"),
}
"""What the database refuses, as a reason and a sentence."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How an import goes about it.

    Attributes:
        actor: who does it, for the audit trail.
        dry_run: say what would happen and write nothing.
        skip_rejected: store the good rows although others are rejected.
        overwrite: let a row change make or type of a registered unit.
    """

    actor: str
    dry_run: bool = False
    skip_rejected: bool = False
    overwrite: bool = False


class Listener(Protocol):
    """Who is told what happens, as it happens."""

    def rejected(self, reject: Rejected) -> None:
        """A row that can't be imported."""

    def reading(self, report: Report) -> None:
        """Some more rows are read."""

    def storing(self, done: int, units: int) -> None:
        """Some more units went to the database."""


class _NothingWrittenError(Exception):
    """Undoes the transaction."""


class RegistryImport:
    """Imports one file.

    Args:
        reader: what makes units of records; it also knows what is to be created for them.
        listener: told of rejects and progress.
    """

    def __init__(self, database: Database, reader: UnitReader, rules: Rules, listener: Listener) -> None:
        self._database = database
        self._reader = reader
        self._rules = rules
        self._listener = listener
        self._first: dict[str, tuple[int, bytes, str]] = {}
        self._looks: dict[str, tuple[int, str]] = {}
        self._udis: dict[str, int] = {}
        self._used: set[tuple[str, str, str]] = set()
        self.report = Report()

    async def run(self, records: Iterable[Record | Rejected]) -> Report:
        """Read all rows, then store all units or none.

        Raises:
            SourceError: the file broke off; nothing is stored.
            DatabaseUnavailable, DatabaseRefused: nothing is stored, unless the connection was lost at the very end.
        """
        with KeptUnits() as kept:
            for number, record in enumerate(records, 1):
                self._take(record, kept)
                if number % _BREATH == 0:
                    self._listener.reading(self.report)
                    await asyncio.sleep(0)
            self._listener.reading(self.report)
            self.report.created = self._created()
            self.report.models = self._reader.parties.models.resembling
            with suppress(_NothingWrittenError):
                await self._store(kept)
        return self.report

    # -- reading -----------------------------------------------------------------------------------------------------

    def _take(self, record: Record | Rejected, kept: KeptUnits) -> None:
        self.report.rows += 1
        if isinstance(record, Rejected):
            self._reject(record, (Reason.UNREADABLE,))
            return
        try:
            unit = self._reader.unit(record)
            if self._repeats(unit):
                self.report.repeated += 1
                return
        except UnfitError as error:
            self._reject(Rejected(record.line, str(error), record.values), error.reasons, error.not_placed)
            return
        self._used.add((unit.manufacturer, unit.customer, unit.site))
        self.report.udi_left_out += unit.udi_left_out
        kept.add(unit, record)

    def _repeats(self, unit: Unit) -> bool:
        """Whether an earlier row says the same.

        Raises:
            UnfitError: an earlier row says something else of this serial number, or has this UDI.
        """
        form = normal_form(unit.serial)
        first = self._first.get(form)
        if first is not None:
            line, digest, serial = first
            otherwise = f" as {serial}" if serial != unit.serial else ""
            if digest != unit.digest:
                sentence = f"the serial number {unit.serial} stands in line {line}{otherwise} with other content"
                raise UnfitError([(Reason.SERIAL_TWICE, sentence)])
            if unit.written != serial:
                self.report.resembles(unit.line, unit.written, serial, line, same_unit=True)
            return True
        if unit.udi is not None:
            line = self._udis.setdefault(unit.udi, unit.line)
            if line != unit.line:
                raise UnfitError([(Reason.UDI_TWICE, f"the UDI stands in line {line} for another unit")])
        self._first[form] = (unit.line, unit.digest, unit.serial)
        seen = look(unit.serial)
        if seen:
            line, other = self._looks.setdefault(seen, (unit.line, unit.serial))
            if line != unit.line:
                self.report.resembles(unit.line, unit.serial, other, line, same_unit=False)
        return False

    def _created(self) -> Newcomers:
        """The newcomers that units need; one that only rejected rows name is not created."""
        found = self._reader.parties.newcomers
        makers = {maker for maker, _, _ in self._used}
        customers = {customer for _, customer, _ in self._used}
        sites = {(customer, site) for _, customer, site in self._used}
        return Newcomers(
            {code: one for code, one in found.manufacturers.items() if code in makers},
            {code: one for code, one in found.customers.items() if code in customers},
            {key: one for key, one in found.sites.items() if key in sites},
        )

    # -- storing -----------------------------------------------------------------------------------------------------

    async def _store(self, kept: KeptUnits) -> None:
        rules, report = self._rules, self.report
        write = not rules.dry_run and (rules.skip_rejected or not report.rejected)
        done = 0
        async with self._database.transaction() as transaction:
            if write and report.created:
                await transaction.call(SqlFunction.IMPORT_REGISTRY_PARTIES, self._parties(), rules.actor)
            for units, records in kept.batches():
                done += await self._store_batch(transaction, units, records, write=write)
                self._listener.storing(done, kept.count)
            if not write or (report.rejected and not rules.skip_rejected):
                raise _NothingWrittenError
        report.written = True

    async def _store_batch(self, transaction: Transaction, units: str, records: str, *, write: bool) -> int:
        rows = await transaction.rows(
            SqlFunction.IMPORT_EQUIPMENT, units, self._rules.actor, write, self._rules.overwrite
        )
        report = self.report
        by_line: dict[str, dict[str, object]] | None = None
        serials: dict[int, str] | None = None
        for row in rows:
            match Outcome(row["outcome"]):
                case Outcome.NEW:
                    report.new += 1
                case Outcome.UPDATED:
                    report.updated += 1
                    report.changed.update(row["changed"])
                case Outcome.UNCHANGED:
                    report.unchanged += 1
                case Outcome.REFUSED:
                    by_line = json.loads(records) if by_line is None else by_line
                    reason, sentence = REFUSALS[row["reason"]]
                    reject = Rejected(
                        row["line"], sentence.format(detail=row["detail"]), by_line.get(str(row["line"]), {})
                    )
                    self._reject(reject, (reason,))
            report.decommissioned += row["decommissioned"]
            if (other := row["registered_as"] or row["resembles"]) is not None and row["reason"] is None:
                serials = {one["line"]: one["serial"] for one in json.loads(units)} if serials is None else serials
                report.resembles(
                    row["line"], serials[row["line"]], other, None, same_unit=row["registered_as"] is not None
                )
        return len(rows)

    def _parties(self) -> str:
        created = self.report.created
        zone = self._reader.parties.may_create.time_zone

        def named(newcomers: Iterable[Newcomer]) -> list[dict[str, str | None]]:
            return [{"code": one.code, "name": one.name} for one in newcomers]

        return json.dumps(
            {
                "manufacturers": named(created.manufacturers.values()),
                "customers": named(created.customers.values()),
                "sites": [
                    {"customer": one.customer, "code": one.code, "name": one.name, "time_zone": zone}
                    for one in created.sites.values()
                ],
            }
        )

    def _reject(self, reject: Rejected, reasons: Iterable[Reason], not_placed: Iterable[NotPlacedError] = ()) -> None:
        self.report.reject(reasons, not_placed)
        self._listener.rejected(reject)
