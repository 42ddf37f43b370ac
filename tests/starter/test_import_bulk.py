"""Many reports at once: each is settled, through outages, and an import that ends early says how far it came."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from models.contracts.intake import Acknowledgement, FaultReport
from models.contracts.tickets import OpenedTicket
from models.database import DatabaseOutdated, DatabaseUnavailable
from models.identity import TicketId
from starter.client import TemporalUnavailable
from starter.failures import NotConfirmed
from starter.freezing import ReportRefused
from starter.importing import bulk as bulk_module
from starter.importing.bulk import BulkIntake, Progress
from starter.importing.mapping import FieldMapping
from starter.importing.records import Record, Rejected
from starter.importing.source import SourceError
from starter.importing.units import UnitsByType
from tests.waiting import until

MAPPING = FieldMapping.parse()
UNITS = UnitsByType({"ventilator": ["V-1", "V-2"]})
PATIENCE = timedelta(seconds=5)


class Heard:
    """What an import said."""

    def __init__(self) -> None:
        self.rejects: list[Rejected] = []
        self.notes: list[str] = []

    def rejected(self, reject: Rejected) -> None:
        self.rejects.append(reject)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def advanced(self, progress: Progress) -> None:
        pass


class Desk:
    """Stands in for intake: remembers tickets by key, and can be away."""

    def __init__(self) -> None:
        self.tickets: dict[str, FaultReport] = {}
        self.refuses: Callable[[FaultReport], Exception | None] = lambda _: None
        self.at_once = self.most_at_once = 0

    async def open(self, report: FaultReport) -> Acknowledgement:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0.001)
            if (error := self.refuses(report)) is not None:
                raise error
        finally:
            self.at_once -= 1
        assert report.key is not None
        first = self.tickets.setdefault(report.key, report)
        differs = ("description",) if first.description != report.description else ()
        return Acknowledgement(ticket=_opened(first), created=first is report, differs=differs)


def _opened(report: FaultReport) -> OpenedTicket:
    return OpenedTicket(
        ticket_id=TicketId(uuid4()),
        number="FC-2026-000001",
        workflow_id=report.key or "",
        workflow_type="ServiceTicketWorkflow",
        serial=report.unit,
        priority=report.priority,
        description_digest=sha256(report.description.encode()).hexdigest(),
        template="standard_service",
        opened_at=datetime.now(UTC),
    )


def records(count: int) -> list[Record | Rejected]:
    return [
        Record(line, {"key": f"K-{line}", "unit": "V-1", "description": f"No. {line}", "priority": "P3"})
        for line in range(2, count + 2)
    ]


async def run(
    desk: Desk, given: list[Record | Rejected], heard: Heard | None = None, patience: timedelta = PATIENCE
) -> Progress:
    return await BulkIntake(desk.open, heard or Heard(), concurrency=7, patience=patience).run(given, MAPPING, UNITS)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(bulk_module, "LONGEST_PAUSE", 0.05)


async def test_every_report_becomes_one_ticket_and_running_again_opens_none() -> None:
    desk = Desk()
    first = await run(desk, records(100))
    again = await run(desk, records(100))
    assert (first.opened, first.existing, first.rejected, first.line) == (100, 0, 0, 101)
    assert (again.opened, again.existing) == (0, 100)
    assert len(desk.tickets) == 100
    assert desk.most_at_once == 7


async def test_a_report_that_is_refused_stops_nothing() -> None:
    desk, heard = Desk(), Heard()
    desk.refuses = lambda report: ReportRefused("There is no unit.") if report.key == "K-5" else None
    given = [Rejected(1, "broken"), *records(20), Record(99, {"type": "dental", "description": "x", "priority": "P1"})]
    progress = await run(desk, given, heard)
    assert (progress.opened, progress.rejected, progress.records) == (19, 3, 22)
    assert {one.line for one in heard.rejects} == {1, 5, 99}
    assert any("ventilator" in note for note in heard.notes)


async def test_an_earlier_ticket_that_says_something_else_is_noted() -> None:
    desk, heard = Desk(), Heard()
    await run(desk, records(1))
    changed: list[Record | Rejected] = [
        Record(2, {"key": "K-2", "unit": "V-1", "description": "Another", "priority": "P3"})
    ]
    progress = await run(desk, changed, heard)
    assert (progress.existing, progress.differing, progress.rejected) == (1, 1, 0)
    assert "another description" in heard.notes[0]


def incidents(*days: str, column: str = "reported_at") -> list[Record | Rejected]:
    said = {"unit": "V-1", "description": "Alarm: low inspiratory pressure", "priority": "P2"}
    return [Record(line, {**said, column: day}) for line, day in enumerate(days, 2)]


async def test_a_fault_on_three_days_is_three_tickets_and_each_file_again_is_none() -> None:
    desk, heard = Desk(), Heard()
    january, february = incidents("2026-01-05T08:00Z", "2026-01-19T22:30Z"), incidents("2026-02-11T03:15Z")
    first, second = await run(desk, january, heard), await run(desk, february, heard)
    again = [await run(desk, january, heard), await run(desk, february, heard)]
    assert (first.opened, second.opened, len(desk.tickets)) == (2, 1, 3)
    assert [(one.opened, one.existing) for one in again] == [(0, 2), (0, 1)]
    assert heard.notes == []


async def test_what_is_taken_as_a_repetition_is_said_where_nothing_tells_them_apart() -> None:
    desk, heard = Desk(), Heard()
    first = await run(desk, incidents("x", "x", column="ward"), heard)
    again = await run(desk, incidents("x", column="ward"), heard)
    assert (first.opened, first.repeated, first.recurring) == (1, 1, 1)
    assert (again.opened, again.existing, again.recurring) == (0, 1, 1)
    assert heard.notes[0] == (
        "line 3: taken as a repetition of line 2: the same unit and words, and no column says when it happened"
    )
    assert [note.startswith("1 report was taken for an earlier one: ") for note in heard.notes[1:]] == [True, True]
    assert "--column reported_at=COLUMN, or a key, --column key=COLUMN" in heard.notes[2]


async def test_one_incident_is_one_however_its_instant_is_written_and_that_is_said() -> None:
    desk, heard = Desk(), Heard()
    progress = await run(desk, incidents("2026-01-05T08:00Z", "2026-01-05T09:00+01:00", "2026-01-05T09:00Z"), heard)
    assert (progress.opened, progress.repeated, progress.recurring) == (2, 1, 0)
    assert heard.notes == ["line 3: taken as a repetition of line 2: the same report, of the same time or number"]


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), TemporalUnavailable("away"), NotConfirmed("away")])
async def test_an_outage_is_waited_out(error: Exception) -> None:
    desk, heard = Desk(), Heard()
    back = asyncio.get_running_loop().time() + 0.3
    desk.refuses = lambda _: error if asyncio.get_running_loop().time() < back else None
    progress = await run(desk, records(50), heard)
    assert (progress.opened, progress.rejected) == (50, 0)
    assert len([note for note in heard.notes if note.startswith("waiting")]) == 1
    assert heard.notes[-1] == "it answers again, going on"


async def test_an_outage_longer_than_the_patience_ends_the_import_with_its_reason() -> None:
    desk = Desk()
    desk.refuses = lambda _: TemporalUnavailable("away")
    with pytest.raises(TemporalUnavailable):
        await run(desk, records(50), patience=timedelta(seconds=0.2))


async def test_one_report_that_is_never_confirmed_is_rejected_while_the_others_go_on() -> None:
    desk, heard = Desk(), Heard()
    desk.refuses = lambda report: NotConfirmed("no answer") if report.key == "K-2" else None
    progress = await run(desk, records(300), heard, patience=timedelta(seconds=0.03))
    assert (progress.opened, progress.rejected) == (299, 1)
    assert heard.rejects[0].line == 2


async def test_a_schema_that_lacks_its_migrations_is_not_waited_for() -> None:
    desk = Desk()
    desk.refuses = lambda _: DatabaseOutdated("needs its migrations")
    with pytest.raises(DatabaseOutdated):
        await run(desk, records(5), patience=timedelta(hours=1))


async def test_a_file_that_breaks_off_settles_what_stands_before() -> None:
    desk = Desk()

    def broken() -> Iterator[Record | Rejected]:
        yield from records(10)
        raise SourceError("the gzip data end too early")

    bulk = BulkIntake(desk.open, Heard(), concurrency=3, patience=PATIENCE)
    with pytest.raises(SourceError):
        await bulk.run(broken(), MAPPING, UNITS)
    assert bulk.progress.opened == 10


async def test_cancelling_ends_at_once_even_when_the_client_calls_it_a_timeout() -> None:
    """Temporal's client makes an error of its own of a cancellation; that is not an outage to wait out."""
    waiting = asyncio.Event()

    async def never(_: FaultReport) -> Acknowledgement:
        try:
            waiting.set()
            return await asyncio.Event().wait() and pytest.fail("not reached")
        except asyncio.CancelledError as error:
            raise NotConfirmed("cancelled") from error

    task = asyncio.create_task(_run_with(never))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 1)


async def test_cancelling_does_not_wait_for_a_reader_that_waits_for_input() -> None:
    released = threading.Event()

    def endless() -> Iterator[Record | Rejected]:
        yield from records(1)
        released.wait(30)

    async def opened() -> bool:
        return bulk.progress.opened == 1

    bulk = BulkIntake(Desk().open, Heard(), concurrency=3, patience=PATIENCE)
    task = asyncio.create_task(bulk.run(endless(), MAPPING, UNITS))
    await until(opened)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 1)
    released.set()


async def _run_with(open_ticket: Callable[[FaultReport], Awaitable[Acknowledgement]]) -> Progress:
    return await BulkIntake(open_ticket, Heard(), concurrency=2, patience=PATIENCE).run(records(9), MAPPING, UNITS)
