"""What `fieldcare ticket import` does, and how it tells about it while it does."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from models.database import DatabaseUnavailable
from starter.addresses import read_settings
from starter.cli.terminal.bars import Bar
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.file_records import open_records
from starter.cli.terminal.parsing import duration
from starter.cli.terminal.rejects import open_rejects, write_reject
from starter.cli.terminal.run import NOT_WELL, err, out
from starter.cli.terminal.written import Sink
from starter.cli.ticket.declare_import import ImportOptions
from starter.client import TemporalUnavailable
from starter.failures import NotConfirmed, Refused, Unavailable
from starter.importing.bulk import BulkIntake, OpenTicket
from starter.importing.bulk import Progress as Counts
from starter.importing.mapping import FieldMapping
from starter.importing.records import Rejected
from starter.importing.reporters import KnownReporters
from starter.importing.source import Source, SourceError
from starter.importing.units import UnitsByType
from starter.intake import Intake
from starter.reading.words import span
from starter.services import connected, failure_of

_MOST_CONNECTIONS = 10


async def import_file(options: ImportOptions) -> int:
    """Import a file and return the exit code."""
    patience = duration(options.patience)
    path = None if options.file == "-" else Path(options.file)
    started = time.monotonic()
    mapping = FieldMapping.parse(
        options.columns or (), options.constants or (), options.translations or (), options.key_prefix
    )
    with ExitStack() as exits:
        source, records = open_records(path, options, exits)
        mapping.check(records.columns)
        rejects = open_rejects(options.rejects, path, exits, force=options.force)
        async with connected(read_settings(), pool_size=min(options.concurrency, _MOST_CONNECTIONS)) as connection:
            units = await UnitsByType.read(connection.database)
            intake = Intake(connection.client, connection.database)
            open_ticket: OpenTicket = intake.weigh if options.dry_run else intake.open
            reporters = KnownReporters(open_ticket, connection.database)
            telling = exits.enter_context(_Telling(source, rejects, dry_run=options.dry_run))
            bulk = BulkIntake(reporters.open, telling, concurrency=options.concurrency, patience=patience)
            try:
                counts = await bulk.run(records, mapping, units)
            except (DatabaseUnavailable, TemporalUnavailable, NotConfirmed) as error:
                failure = failure_of(error) or Unavailable(str(error))
                sentence = f"{failure.sentence} {_so_far(bulk.progress, dry_run=options.dry_run)}"
                raise Unavailable(sentence, *failure.remedies) from error
            except SourceError as error:
                raise Refused(f"{error} {_so_far(bulk.progress, dry_run=options.dry_run)}") from error
            except asyncio.CancelledError:
                telling.__exit__(None, None, None)
                show(err, _so_far(bulk.progress, dry_run=options.dry_run))
                raise
    _tell(counts, source.name, time.monotonic() - started, options)
    return NOT_WELL if counts.rejected else 0


class _Telling:
    """Tells of an import while it goes on: rejects and notes line by line, a bar where there is a terminal."""

    def __init__(self, source: Source, rejects: Sink | None, *, dry_run: bool) -> None:
        self._source = source
        self._rejects = rejects
        self._dry_run = dry_run
        self._bar = Bar("Looking at reports" if dry_run else "Opening tickets", source.size, counts=not source.size)

    def __enter__(self) -> _Telling:
        self._bar.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def rejected(self, reject: Rejected) -> None:
        err.print(f"line {reject.line}: {reject.reason}", markup=False)
        if self._rejects is not None:
            write_reject(self._rejects, reject)

    def note(self, sentence: str) -> None:
        err.print(sentence, markup=False)

    def advanced(self, progress: Counts) -> None:
        done = self._source.position if self._source.size else progress.records
        self._bar(_counts(progress, dry_run=self._dry_run), done, self._source.size)


def _tell(counts: Counts, name: str, seconds: float, options: ImportOptions) -> None:
    if options.as_json:
        print_json(
            {
                "file": name,
                "dry_run": options.dry_run,
                "records": counts.records,
                "opened": counts.opened,
                "already_there": counts.existing,
                "differing": counts.differing,
                "repeated": counts.repeated,
                "recurring": counts.recurring,
                "rejected": counts.rejected,
                "last_line": counts.line,
                "seconds": round(seconds, 3),
            }
        )
        return
    rate = f", {counts.opened / seconds:.0f} tickets/s" if counts.opened >= 20 and not options.dry_run else ""
    records = f"{counts.records} {'record' if counts.records == 1 else 'records'}"
    show(out, f"{_counts(counts, dry_run=options.dry_run)} ({records} in {span(timedelta(seconds=seconds))}{rate})")


def _counts(counts: Counts, *, dry_run: bool) -> str:
    more = f" ({counts.differing} of them differ)" if counts.differing else ""
    repeated = f", repeated {counts.repeated}" if counts.repeated else ""
    opened = "would open" if dry_run else "opened"
    return f"{opened} {counts.opened}, already there {counts.existing}{more}{repeated}, rejected {counts.rejected}"


def _so_far(counts: Counts, *, dry_run: bool) -> str:
    again = "Nothing was opened." if dry_run else "Run it again to go on; nothing is opened twice."
    return f"Came to line {counts.line}: {_counts(counts, dry_run=dry_run)}. {again}"
