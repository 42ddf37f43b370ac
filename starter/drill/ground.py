"""The ground that faults strike: engines and workers of its own, durable, and reached by links that can be slow."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy import make_url

from models.settings import Settings
from starter.drill.disk import SmallDisk
from starter.drill.house import OtherHouse
from starter.drill.links import Links
from starter.drill.preparing import make_ready
from starter.embedded import Stack, throwaway_stack, worker_environment
from starter.embedded.cluster import processes_in
from starter.embedded.place import find
from starter.embedded.processes import LOOPBACK, ProcessMark, end
from starter.embedded.signals import held_signals
from starter.embedded.workers import Workers

CLIENT_BACKEND = f"{LOOPBACK}("
"""In the title of a backend that serves somebody."""


class Ground:
    """A stack and its workers, with their processes at hand. From the main thread; `open_ground()` makes it.

    Only processes of this stack are ever touched: the engines by their own marks, PostgreSQL's others by the folder
    that they work in, each checked to be the one that was meant.
    """

    def __init__(self, stack: Stack, links: Links, workers: Workers, house: OtherHouse, disk: SmallDisk | None) -> None:
        self.stack = stack
        self.links = links
        self.workers = workers
        self.house = house
        self.disk = disk
        self._frozen: list[ProcessMark] = []
        stack.postgres.keep_port()  # the others know the addresses
        stack.temporal.keep_port()

    @property
    def database_url(self) -> str:
        """With the rights of workers, by way of the link."""
        return _through(self.stack.addresses.workers_url, self.links)

    @property
    def direct_url(self) -> str:
        """The same past the link."""
        return self.stack.addresses.workers_url

    @property
    def temporal_address(self) -> str:
        """By way of the link."""
        return f"{LOOPBACK}:{self.links.temporal.port}"

    # -- processes ---------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        place = find(self.stack.home)
        if place is None:
            raise AssertionError("a stack that has been started has a place for its database")
        return place / "data"

    def postgres(self) -> list[ProcessMark]:
        """Every process of PostgreSQL, its server first: so nothing is born while the others are frozen."""
        mark = self.stack.postgres.mark
        first = [mark] if mark is not None and mark.alive() else []
        return [*first, *(one for one in processes_in(self.data) if one.pid != (mark.pid if mark else None))]

    def backends(self) -> list[ProcessMark]:
        """PostgreSQL's processes that serve somebody."""
        return [mark for mark in self.postgres() if CLIENT_BACKEND in _title(mark.pid)]

    def temporal(self) -> list[ProcessMark]:
        mark = self.stack.temporal.mark
        return [mark] if mark is not None and mark.alive() else []

    # -- freezing ----------------------------------------------------------------------------------------------------

    def freeze(self, marks: Iterable[ProcessMark]) -> list[ProcessMark]:
        """Stop processes where they are; returns those that were hit."""
        hit = [mark for mark in marks if send(mark, signal.SIGSTOP)]
        self._frozen += hit
        return hit

    def thaw(self, marks: Iterable[ProcessMark] | None = None) -> None:
        """Let frozen processes go on; all of them if not said which."""
        wanted = set(self._frozen if marks is None else marks)
        for mark in wanted:
            send(mark, signal.SIGCONT)
        self._frozen = [mark for mark in self._frozen if mark not in wanted]

    # -- killing and starting again ----------------------------------------------------------------------------------

    def kill(self, marks: Iterable[ProcessMark]) -> bool:
        """`kill -9`; returns when they are gone. Whether there was anything to kill."""
        marks = list(marks)
        hit = [mark for mark in marks if send(mark, signal.SIGKILL)]
        for mark in marks:
            end(mark, ((signal.SIGKILL, 10),))
        return bool(hit)

    def start_engines(self) -> None:
        """Start every engine that does not run, on the address that the others know, and write down what runs."""
        for engine in (self.stack.postgres, self.stack.temporal):
            if engine.exited():
                engine.start()
                self.stack.note()


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def send(mark: ProcessMark, number: signal.Signals) -> bool:
    """Whether it was there to be sent the signal."""
    if not mark.alive():
        return False
    with suppress(ProcessLookupError):
        os.kill(mark.pid, number)
        return True
    return False


def _through(url: str, links: Links) -> str:
    return make_url(url).set(host=LOOPBACK, port=links.database.port).render_as_string(hide_password=False)


@asynccontextmanager
async def open_ground(settings: Settings, *, workers: int = 2, disk: SmallDisk | None = None) -> AsyncIterator[Ground]:
    """A ground, migrated and seeded, with workers, and a house that is told of its tickets.

    When the block ends, whatever is frozen then, nothing is left.

    Args:
        disk: what the home is to be on; unset: wherever temporary files are.
    """
    with ExitStack() as exits:
        within = None if disk is None else disk.folder
        stack = exits.enter_context(throwaway_stack(durable=True, settings=settings, within=within))
        addresses = stack.addresses
        await make_ready(addresses.database_url)
        links = exits.enter_context(Links(temporal_port=stack.temporal.port, postgres_port=stack.postgres.port))
        house = exits.enter_context(OtherHouse())
        await house.subscribe(addresses.database_url)
        environment = {
            **worker_environment(stack.home.path, addresses),
            "FIELDCARE_WEBHOOK_HOSTS": house.host,
            "FIELDCARE_LOG_LEVEL": "ERROR",
            "FIELDCARE_DATABASE_URL": _through(addresses.workers_url, links),
            "TEMPORAL_ADDRESS": f"{LOOPBACK}:{links.temporal.port}",
        }
        crew = exits.enter_context(Workers(workers, environment, stack.home.log("worker")))
        ground = Ground(stack, links, crew, house, disk)
        try:
            yield ground
        finally:
            with held_signals():
                ground.thaw()  # what is frozen can't be asked to stop
                if disk is not None:
                    disk.empty()
