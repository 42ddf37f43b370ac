"""What `fieldcare db import-equipment` does, and how it tells about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from models.database import DatabaseOutdated, DatabaseRefused, DatabaseUnavailable
from models.zones import known_zone
from starter.addresses import read_settings
from starter.cli.db.declare_equipment import EquipmentOptions
from starter.cli.terminal.bars import Bar
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.file_records import open_records
from starter.cli.terminal.parsing import myself
from starter.cli.terminal.rejects import open_rejects, write_reject
from starter.cli.terminal.run import NOT_WELL, err, out
from starter.cli.terminal.written import Sink
from starter.failures import BadInput, Refused, Unavailable
from starter.given import legible
from starter.importing.equipment.dates import check_format, last_day_on_earth
from starter.importing.equipment.fields import EquipmentMapping
from starter.importing.equipment.parties import MayCreate, Newcomer, read_known
from starter.importing.equipment.registry import RegistryImport, Rules
from starter.importing.equipment.report import Report
from starter.importing.equipment.rows import UnitReader
from starter.importing.records import Rejected
from starter.importing.source import Source
from starter.reading.words import span
from starter.services import database_only

_SHOWN_REJECTS = 20
_SHOWN_VALUES = 25
_BROKEN_OFF = "Nothing was written; get a whole copy and run it again."
_PATIENCE = 300.0
"""Seconds that one batch may take; another import that is under way is waited for."""


async def import_file(options: EquipmentOptions) -> int:
    """Import a registry and return the exit code."""
    may_create = _may_create(options)
    rules = Rules(
        actor=legible(options.by or myself(), "code of --by"),
        dry_run=options.dry_run,
        skip_rejected=options.skip_rejected,
        overwrite=options.overwrite,
    )
    path = None if options.file == "-" else Path(options.file)
    started = time.monotonic()
    mapping = EquipmentMapping.parse(options.columns or (), options.constants or (), options.translations or ())
    form = check_format(options.date_format) if options.date_format else None
    with ExitStack() as exits:
        source, records = open_records(path, options, exits, _BROKEN_OFF)
        mapping.check(records.columns)
        rejects = open_rejects(options.rejects, path, exits, force=options.force)
        async with database_only(read_settings(), _PATIENCE, as_owner=True) as database:
            known = await read_known(database, may_create)
            today = last_day_on_earth(datetime.now(UTC))
            reader = UnitReader(mapping, known.types, known.parties, today=today, date_format=form)
            telling = exits.enter_context(_Telling(source, rejects))
            try:
                report = await RegistryImport(database, reader, rules, telling).run(records)
            except DatabaseOutdated:
                raise
            except DatabaseUnavailable as error:
                remedy = "The import is not confirmed. Run it again: what is stored already is not stored twice."
                raise Unavailable(f"{str(error).rstrip('.')}. {remedy}") from error
            except DatabaseRefused as error:
                raise Refused(f"Nothing was written: the database refused it ({error}). Run it again.") from error
            except asyncio.CancelledError:
                telling.__exit__(None, None, None)
                show(err, "Nothing was written.")
                raise
    telling.more_rejects(options.rejects)
    if options.as_json:
        print_json(_document(report, source.name, options, time.monotonic() - started))
    else:
        _tell(report, options, time.monotonic() - started)
    return NOT_WELL if report.rejected else 0


def _may_create(options: EquipmentOptions) -> MayCreate:
    zone = options.time_zone
    if (options.create_customers or options.create_sites) and zone is None:
        raise BadInput("New sites need a time zone, clocks run in it: --time-zone Asia/Kolkata.")
    if zone is not None:
        try:
            known_zone(zone)
        except ValueError as error:
            raise BadInput(f"The --time-zone can't be used: {error}.") from None
    return MayCreate(options.create_manufacturers, options.create_customers, options.create_sites, zone)


class _Telling:
    """Tells of an import while it goes on: the first rejects, a bar where there is a terminal."""

    def __init__(self, source: Source, rejects: Sink | None) -> None:
        self._source = source
        self._rejects = rejects
        self._count = 0
        self._bar = Bar("Reading", source.size, counts=False)

    def __enter__(self) -> _Telling:
        self._bar.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def rejected(self, reject: Rejected) -> None:
        self._count += 1
        if self._count <= _SHOWN_REJECTS:
            err.print(f"line {reject.line}: {reject.reason}", markup=False)
        if self._rejects is not None:
            write_reject(self._rejects, reject)

    def reading(self, report: Report) -> None:
        read = f"Reading: {report.rows:,} rows, {report.rejected:,} rejected"
        self._bar(read, self._source.position, self._source.size)

    def storing(self, done: int, units: int) -> None:
        self._bar(f"Storing: {done:,} of {units:,} units", done, units)

    def more_rejects(self, file: Path | None) -> None:
        """Say how many rejects were not shown, and where they are."""
        if (hidden := self._count - _SHOWN_REJECTS) > 0:
            where = f"{file} has them all" if file else "--rejects FILE keeps them all"
            err.print(f"… and {hidden:,} more rejected; {where}.", markup=False)


# -- the report ------------------------------------------------------------------------------------------------------


def _tell(report: Report, options: EquipmentOptions, seconds: float) -> None:
    counts = [
        ("Rows", report.rows),
        ("New", report.new),
        ("Updated", report.updated),
        ("Unchanged", report.unchanged),
        ("Repeated", report.repeated),
        ("Rejected", report.rejected),
        *((f"  {reason.value}", rows) for reason, rows in report.by_reason.most_common()),
    ]
    show(out, Listing(("", "Units"), [(name, f"{count:,}") for name, count in counts], right=frozenset({"Units"})))
    for sentence in _remarks(report):
        show(out, sentence)
    show(out, f"{_verdict(report, options)} ({span(timedelta(seconds=seconds))})")


def _remarks(report: Report) -> Iterator[str]:
    if report.changed:
        yield "Changed: " + ", ".join(f"{name} {count:,}" for name, count in report.changed.most_common())
    created = report.created
    verb = "Created" if report.written else "To be created"
    for what, newcomers in (
        ("manufacturer", created.manufacturers),
        ("customer", created.customers),
        ("site", created.sites),
    ):
        shown = list(newcomers.values())
        for one in shown[:_SHOWN_VALUES]:
            of = f" of {one.customer}" if one.customer else ""
            like = f"; resembles {', '.join(one.resembles)}" if one.resembles else ""
            yield f"{verb}: {what} {one.name!r}{of} as {one.code}{like}"
        if len(shown) > _SHOWN_VALUES:
            yield f"{verb}: {len(shown) - _SHOWN_VALUES:,} more {what}s"
    for lost in report.not_placed[:_SHOWN_VALUES]:
        near = f"; nearest: {', '.join(lost.nearest)}" if lost.nearest else ""
        yield f"Not placed: {lost.field} {lost.value!r} ({lost.rows:,} {'row' if lost.rows == 1 else 'rows'}{near})"
    if len(report.not_placed) > _SHOWN_VALUES:
        yield f"Not placed: {len(report.not_placed) - _SHOWN_VALUES:,} more values; --json lists them all"
    if report.not_placed:
        fields = {lost.field for lost in report.not_placed}
        new = [f"--create-{name}s" for name in ("manufacturer", "customer", "site") if name in fields]
        bring = f"; {' and '.join(new)} would bring new ones in" if new else ""
        yield f"A --translate FIELD:FROM=TO gives such a value its meaning here{bring}."
    if report.udi_left_out:
        yield f"Without UDI: {report.udi_left_out:,} units whose identifier names only a model and can't be completed."
    yield from report.on_spelling(_SHOWN_VALUES)
    if report.decommissioned:
        yield f"Decommissioned: {report.decommissioned:,} of the units are out of service in the registry and stay so."


def _verdict(report: Report, options: EquipmentOptions) -> str:
    if options.dry_run:
        return "Dry run: nothing was written."
    if report.written:
        kept = "All rows are imported" if not report.rejected else "The good rows are imported, the rejected ones not"
        return f"{kept}."
    return "Nothing was written. Correct the rejected rows, or import the others with --skip-rejected."


def _document(report: Report, name: str, options: EquipmentOptions, seconds: float) -> dict[str, Any]:
    def newcomer(one: Newcomer) -> dict[str, Any]:
        of = {"customer": one.customer} if one.customer else {}
        return {**of, "code": one.code, "name": one.name, "resembles": one.resembles}

    return {
        "file": name,
        "dry_run": options.dry_run,
        "written": report.written,
        "rows": report.rows,
        "new": report.new,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "repeated": report.repeated,
        "rejected": report.rejected,
        "rejected_by_reason": {reason.name.lower(): rows for reason, rows in report.by_reason.most_common()},
        "changed": dict(report.changed),
        "not_placed": report.not_placed,
        "created": {
            "manufacturers": [newcomer(one) for one in report.created.manufacturers.values()],
            "customers": [newcomer(one) for one in report.created.customers.values()],
            "sites": [newcomer(one) for one in report.created.sites.values()],
        },
        "without_udi": report.udi_left_out,
        "decommissioned": report.decommissioned,
        "resembling": list(report.resembling.values()),
        "resembling_models": [
            {"manufacturer": maker, "model": model, "resembles": other}
            for (maker, model), other in report.models.items()
        ],
        "seconds": round(seconds, 3),
    }
