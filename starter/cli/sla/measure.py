"""What `fieldcare sla measure` does: a line in, a result out, nothing kept in memory."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from models.database import DatabaseRefused, DatabaseUnavailable
from models.sla.calendar import Calendar
from models.sla.measure import Measured, measure
from models.wall_clock import ClockChange
from starter.addresses import read_settings
from starter.cli.sla.declare import MeasureOptions
from starter.cli.terminal.bars import Bar
from starter.cli.terminal.display import show
from starter.cli.terminal.file_records import open_records
from starter.cli.terminal.parsing import duration, instant
from starter.cli.terminal.rejects import open_rejects, write_reject
from starter.cli.terminal.run import NOT_WELL, err
from starter.cli.terminal.written import Sink, WrittenFile
from starter.failures import BadInput, BadSetting, Unavailable
from starter.importing.columns import MappingError
from starter.importing.formulas import guarded
from starter.importing.records import Record, Records, Rejected, RejectedError
from starter.importing.source import Source
from starter.measuring.calendars import SEEDED, read_calendar
from starter.measuring.spans import SpanReader, check_form, read_mapping
from starter.measuring.stored import stored_calendar
from starter.reading.words import span
from starter.services import database_only

_BROKEN_OFF = "The results so far are complete; get a whole copy and run it again."
_SHOWN_REJECTS = 20
_TELL_EVERY = 5_000  # lines


@dataclass(slots=True)
class Counts:
    """What came out."""

    measured: int = 0
    met: int = 0
    breached: int = 0
    taken: int = 0
    rejected: int = 0


async def measure_file(options: MeasureOptions) -> int:
    """Measure a file and return the exit code."""
    path = None if options.file == "-" else Path(options.file)
    counts, started = Counts(), time.monotonic()
    until = instant(options.at, "2026-03-01T09:00Z") if options.at else None
    reader = _reader(options, await _calendar(options), until)
    with ExitStack() as exits:
        source, records = open_records(path, options, exits, _BROKEN_OFF)
        reader.check(records.columns)
        _check_kept(options.keep or [], records.columns)
        results = exits.enter_context(_output(options, path))
        rejects = open_rejects(options.rejects, path, exits, force=options.force)
        write = _writer(results, options)
        for line, done in _telling(_measured(reader, records), source):
            if isinstance(done, Rejected):
                _reject(done, rejects, counts)
            else:
                _count(done, counts)
                write(line, done)
    _tell(counts, options, time.monotonic() - started)
    return NOT_WELL if counts.rejected else 0


async def _calendar(options: MeasureOptions) -> Calendar:
    """Of the file that is named, else of the database; while that is away, of the file that the program comes with."""
    if options.calendars is not None:
        return read_calendar(options.calendar, options.zone, options.calendars)
    try:
        async with database_only(read_settings()) as database:
            return await stored_calendar(database, options.calendar, options.zone)
    except (DatabaseUnavailable, DatabaseRefused, Unavailable, BadSetting):
        err.print(f"fieldcare: no database answers; the calendar is that of {SEEDED.name}", markup=False)
        return read_calendar(options.calendar, options.zone, SEEDED)


def _reader(options: MeasureOptions, calendar: Calendar, until: datetime | None) -> SpanReader:
    mapping = read_mapping(options.columns or [], options.constants or [])
    return SpanReader(
        mapping,
        calendar,
        target=duration(options.target) if options.target else None,
        until=until,
        date_format=check_form(options.date_format) if options.date_format else None,
        clock_change=options.clock_change,
        duration=_duration,
    )


def _duration(text: str) -> timedelta:
    try:
        return duration(text)
    except BadInput as error:
        raise ValueError(str(error).removeprefix("The duration ")) from None


def _check_kept(names: Sequence[str], header: tuple[str, ...] | None) -> None:
    if header is not None and (unknown := [name for name in names if name not in header]):
        raise MappingError(f"--keep: there is no column {unknown[0]!r}. The file has: {', '.join(header)}.")


@dataclass(frozen=True, slots=True)
class Result:
    """A line that was measured: what it says, what came out, and how local times were taken."""

    values: Mapping[str, object]
    measured: Measured
    taken: tuple[str, ...]


def _measured(reader: SpanReader, records: Records) -> Iterator[tuple[int, Rejected | Result]]:
    for record in records:
        yield record.line, record if isinstance(record, Rejected) else _one(reader, record)


def _one(reader: SpanReader, record: Record) -> Rejected | Result:
    try:
        one = reader.read(record)
        return Result(record.values, measure(one.calendar, one.start, one.end, one.pauses, one.target), one.taken)
    except (RejectedError, OverflowError) as error:
        return Rejected(record.line, str(error), record.values)


def _count(done: Result, counts: Counts) -> None:
    counts.measured += 1
    counts.met += done.measured.met is True
    counts.breached += done.measured.met is False
    counts.taken += bool(done.taken)


def _reject(reject: Rejected, file: Sink | None, counts: Counts) -> None:
    counts.rejected += 1
    if counts.rejected <= _SHOWN_REJECTS:
        err.print(f"line {reject.line}: {reject.reason}", markup=False)
    elif counts.rejected == _SHOWN_REJECTS + 1:
        err.print("… and more; --rejects FILE has all of them.", markup=False)
    if file is not None:
        write_reject(file, reject)


def _output(options: MeasureOptions, source: Path | None) -> WrittenFile:
    if options.output is not None and options.output == options.rejects:
        raise BadInput("--output and --rejects name the same file. Choose another one for one of them.")
    return WrittenFile(options.output or Path("-"), "--output", force=options.force, not_this=source)


Writer = Callable[[int, Result], object]


def _writer(results: Sink, options: MeasureOptions) -> Writer:
    keep = options.keep or []
    tells = options.clock_change is not ClockChange.REFUSE
    if options.as_json:

        def write_json(line: int, result: Result) -> None:
            done = result.measured
            entry: dict[str, Any] = {"line": line, **{name: result.values.get(name) for name in keep}}
            entry |= {
                "elapsed_seconds": done.elapsed.total_seconds(),
                "due": None if done.due is None else _written(done.due),
                "verdict": _verdict(done) or None,
                **({"taken": result.taken} if tells else {}),
            }
            results.write(json.dumps(entry) + "\n")

        return write_json
    rows = csv.writer(results, lineterminator="\n")
    rows.writerow(("line", *map(guarded, keep), "elapsed_seconds", "due", "verdict", *(["taken"] if tells else [])))

    def write_row(line: int, result: Result) -> None:
        done = result.measured
        seconds = done.elapsed.total_seconds()
        rows.writerow(
            (
                line,
                *(_cell(result.values.get(name)) for name in keep),
                int(seconds) if seconds.is_integer() else seconds,
                "" if done.due is None else _written(done.due),
                _verdict(done),
                *(["; ".join(result.taken)] if tells else []),
            )
        )

    return write_row


def _cell(value: object) -> str:
    return "" if value is None else guarded(str(value))


def _written(instant_: datetime) -> str:
    return instant_.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _verdict(done: Measured) -> str:
    return "" if done.met is None else "met" if done.met else "breached"


Item = tuple[int, Any]


def _telling(items: Iterator[Item], source: Source) -> Iterator[Item]:
    """The items, with a bar where there is a terminal."""
    with Bar("Measuring", source.size, counts=False) as bar:
        for number, item in enumerate(items):
            if number % _TELL_EVERY == 0:
                bar("Measuring", source.position, source.size)
            yield item


def _tell(counts: Counts, options: MeasureOptions, seconds: float) -> None:
    judged = counts.met + counts.breached
    verdicts = f": {counts.met} met, {counts.breached} breached" if judged else ""
    compliance = f" ({100 * counts.met / judged:.2f} % met)" if judged else ""
    taken = f"; {counts.taken} with times taken by the offset {options.clock_change} a change" if counts.taken else ""
    show(
        err,
        f"Measured {counts.measured} lines by {options.calendar}{verdicts}{compliance}{taken}; "
        f"{counts.rejected} bad lines; {span(timedelta(seconds=seconds))}.",
    )
