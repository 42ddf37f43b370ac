"""Opening many tickets: side by side, each once, through outages, with an account of every line."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from models.contracts.intake import Acknowledgement, FaultReport
from models.contracts.tickets import TicketInput
from models.database import DatabaseOutdated, DatabaseRefused, DatabaseUnavailable
from starter.calling import TemporalRefuses, TemporalUnavailable, raise_if_cancelled
from starter.failures import NotConfirmed
from starter.freezing import ReportRefused
from starter.importing.mapping import FieldMapping, MappedReport
from starter.importing.records import Record, Rejected, RejectedError
from starter.importing.units import UnitsByType, UnknownTypeError

OpenTicket = Callable[[FaultReport], Awaitable[Acknowledgement | TicketInput]]
"""Opens a ticket; or says what it would start, and opens nothing."""

SAME_KEY = "the same key, and the same report"

RECURRING = "the same unit and words, and no column says when it happened"
"""Why a report is taken for an earlier one although a fault may recur."""

SAME_OCCASION = "the same report, of the same time or number"
"""Why a report without a key is, although its columns tell a fault that recurs from an earlier one."""

AWAY = (DatabaseUnavailable, TemporalUnavailable, NotConfirmed)
"""What passes by itself, sooner or later."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between two tries of one report."""


@dataclass(slots=True)
class Progress:
    """How far an import has come. `line` is the highest line that is settled.

    `recurring` are reports, already there or repeated, that are told from a fault that recurs by nothing.
    """

    records: int = 0
    opened: int = 0
    existing: int = 0
    differing: int = 0
    repeated: int = 0
    rejected: int = 0
    recurring: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Repeated:
    """A record that says the same as an earlier one of this file, and why it is taken for that."""

    line: int
    first: int
    why: str = SAME_KEY


class Listener(Protocol):
    """Who is told what happens, as it happens."""

    def rejected(self, reject: Rejected) -> None:
        """A line that can't become a ticket."""

    def note(self, sentence: str) -> None:
        """Something worth knowing that rejects nothing."""

    def advanced(self, progress: Progress) -> None:
        """A record is settled."""


@dataclass(frozen=True, slots=True)
class _End:
    """No more records; `error` is what ended them early."""

    error: BaseException | None = None


class BulkIntake:
    """Opens the tickets of one file.

    Args:
        open_ticket: `Intake.open`, or `Intake.weigh`, which opens nothing.
        listener: told of rejects and progress.
        concurrency: reports in flight at once.
        patience: how long one report is tried again while Temporal or the database is away.
    """

    def __init__(
        self, open_ticket: OpenTicket, listener: Listener, *, concurrency: int = 20, patience: timedelta
    ) -> None:
        self._open_ticket = open_ticket
        self._listener = listener
        self._concurrency = concurrency
        self._patience = patience.total_seconds()
        self._last_success = float("-inf")
        self._waiting = False
        self._types_told = False
        self.progress = Progress()

    async def run(self, records: Iterable[Record | Rejected], mapping: FieldMapping, units: UnitsByType) -> Progress:
        """Open a ticket for every record. Reads no faster than it opens.

        Raises:
            SourceError: the file broke off; everything before that is settled.
            DatabaseUnavailable, TemporalUnavailable, NotConfirmed: away for longer than the patience.
        """
        queue: asyncio.Queue[MappedReport | Rejected | Repeated | _End] = asyncio.Queue(2 * self._concurrency)
        loop = asyncio.get_running_loop()
        stopped = threading.Event()

        def read() -> None:
            # A thread of its own, because standard input may keep us waiting; a daemon, because Ctrl-C must not.
            error: BaseException | None = None
            try:
                for item in settled_by_reading(records, mapping):
                    asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()
                    if stopped.is_set():
                        return
            except BaseException as failure:  # told to the waiting side, whatever it is
                error = failure
            if not stopped.is_set():
                asyncio.run_coroutine_threadsafe(queue.put(_End(error)), loop)

        threading.Thread(target=read, name="import-reader", daemon=True).start()
        try:
            async with asyncio.TaskGroup() as group:
                workers = [group.create_task(self._work(queue, units)) for _ in range(self._concurrency)]
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            stopped.set()
        if (error := workers[0].result()) is not None:
            raise error
        if (many := self.progress.recurring) > 0:
            taken = "report was taken for an earlier one" if many == 1 else "reports were taken for earlier ones"
            self._listener.note(
                f"{many:,} {taken}: {RECURRING}. If faults recurred, name the column that says when, "
                "--column reported_at=COLUMN, or a key, --column key=COLUMN."
            )
        return self.progress

    async def _work(
        self, queue: asyncio.Queue[MappedReport | Rejected | Repeated | _End], units: UnitsByType
    ) -> BaseException | None:
        while True:
            item = await queue.get()
            match item:
                case _End():
                    # The queue has room: whoever took this made it. The other workers end by it too.
                    queue.put_nowait(item)
                    return item.error
                case Rejected():
                    self._reject(item)
                case Repeated():
                    self.progress.repeated += 1
                    self.progress.recurring += item.why == RECURRING
                    self._listener.note(f"line {item.line}: taken as a repetition of line {item.first}: {item.why}")
                case MappedReport():
                    await self._settle(item, units)
            self.progress.records += 1
            self.progress.line = max(self.progress.line, item.line)
            self._listener.advanced(self.progress)

    async def _settle(self, mapped: MappedReport, units: UnitsByType) -> None:
        try:
            unit = mapped.unit or units.pick(mapped.equipment_type or "", mapped.key)
            acknowledged = await self._open(mapped, unit)
        except UnknownTypeError as refusal:
            self._reject(Rejected(mapped.line, str(refusal), mapped.values))
            if not self._types_told:
                self._types_told = True
                self._listener.note(f"units are registered of the types {', '.join(units.codes) or '(none at all)'}")
            return
        except (RejectedError, ReportRefused, DatabaseRefused) as refusal:
            self._reject(Rejected(mapped.line, str(refusal), mapped.values))
            return
        if isinstance(acknowledged, TicketInput) or acknowledged.created:
            self.progress.opened += 1
            return
        self.progress.existing += 1
        self.progress.recurring += not mapped.singular
        if acknowledged.differs:
            self.progress.differing += 1
            self._listener.note(
                f"line {mapped.line}: ticket {acknowledged.ticket.number} is there already under the key {mapped.key}, "
                f"with another {' and another '.join(acknowledged.differs)}"
            )

    async def _open(self, mapped: MappedReport, unit: str) -> Acknowledgement | TicketInput:
        """Open one ticket, again and again while the world is away.

        Raises:
            RejectedError: this one can't be confirmed although others can.
        """
        report = FaultReport(
            unit=unit,
            description=mapped.description,
            priority=mapped.priority,
            reporter=mapped.reporter,
            key=mapped.key,
        )
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        since: float | None = None
        while True:
            try:
                acknowledged = await self._open_ticket(report)
            except (DatabaseOutdated, TemporalRefuses):
                raise  # no waiting mends this
            except AWAY as error:
                raise_if_cancelled()  # Ctrl-C must not be taken for an outage
                now = loop.time()
                since = now if since is None else since
                left = since + self._patience - now
                if left <= 0:
                    if self._last_success > since:
                        raise RejectedError(f"not confirmed within {self._patience:g} s: {error}") from error
                    raise
                self._wait_noted(error)
                # Spread, so that all the waiting ones don't come back at one instant; not a secret.
                await asyncio.sleep(min(pause * random.uniform(0.5, 1.0), left))  # noqa: S311
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._last_success = loop.time()
                self._went_on()
                return acknowledged

    def _reject(self, reject: Rejected) -> None:
        self.progress.rejected += 1
        self._listener.rejected(reject)

    def _wait_noted(self, error: Exception) -> None:
        if not self._waiting:
            self._listener.note(f"waiting, for up to {self._patience:g} s: {error}")
        self._waiting = True

    def _went_on(self) -> None:
        if self._waiting:
            self._waiting = False
            self._listener.note("it answers again, going on")


def settled_by_reading(
    records: Iterable[Record | Rejected], mapping: FieldMapping
) -> Iterator[MappedReport | Rejected | Repeated]:
    """What can be said of each record without asking anybody: its report, that it is broken, or that it is a repeat."""
    seen: dict[str, tuple[int, bytes]] = {}
    for record in records:
        if isinstance(record, Rejected):
            yield record
            continue
        try:
            mapped = mapping.report(record)
        except RejectedError as error:
            yield Rejected(record.line, str(error), record.values)
            continue
        first = seen.setdefault(mapped.key, (mapped.line, mapped.digest))
        if first[0] == mapped.line:
            yield mapped
        elif first[1] == mapped.digest:
            yield Repeated(mapped.line, first[0], _why_repeated(mapped))
        else:
            yield Rejected(
                mapped.line, f"same key as line {first[0]} ({mapped.key}), but another report", record.values
            )


def _why_repeated(mapped: MappedReport) -> str:
    if mapped.keyed:
        return SAME_KEY
    return SAME_OCCASION if mapped.singular else RECURRING
