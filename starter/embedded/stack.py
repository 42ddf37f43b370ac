"""Both engines as one: started in order, written down, stopped in reverse; for a home that stays or a throwaway one."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from migrations.grants import DatabaseRole
from models.settings import Settings
from starter.embedded.errors import EmbeddedError
from starter.embedded.home import Home, write_private
from starter.embedded.postgres import Postgres
from starter.embedded.processes import ProcessMark, Steps, end
from starter.embedded.record import Addresses, Record
from starter.embedded.signals import held_signals, termination_interrupts
from starter.embedded.temporal import Temporal
from starter.failures import Remedy, RemedyKind

_THROWAWAY = "fieldcare-throwaway-"
WORKER_STOP: Steps = ((signal.SIGTERM, 15), (signal.SIGKILL, 5))
_ENGINE_STOPS: dict[str, Steps] = {
    "postgres": ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)),
    "temporal": WORKER_STOP,
}


class Stack:
    """PostgreSQL and Temporal for one home, owned by this process while they run.

    A context manager: entering starts, leaving stops, also at Ctrl-C and SIGTERM and in the middle of a start. Use it
    from the main thread: only then do the engines die with us when we are killed, and can signals be held off.
    """

    def __init__(
        self,
        home: Path,
        settings: Settings,
        *,
        durable: bool = True,
        time_skipping: bool = False,
        postgres_port: int | None = None,
        temporal_port: int | None = None,
        ui_port: int | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.home = Home(home)
        self.postgres = Postgres(self.home, settings, durable=durable, port=postgres_port, say=say)
        self.temporal = Temporal(
            self.home,
            settings,
            durable=durable,
            time_skipping=time_skipping,
            port=temporal_port,
            ui_port=ui_port,
            say=say,
        )
        self.server = ""
        """Where the server will answer, if one is to run beside the engines."""
        self._extra: tuple[ProcessMark, ...] = ()
        self._ready = False
        self._exits = ExitStack()

    @property
    def addresses(self) -> Addresses:
        """Where the engines answer; an error while they do not run."""
        if self.postgres.mark is None or self.temporal.mark is None or self.postgres.socket_folder is None:
            raise EmbeddedError(f"Nothing runs in {self.home.path}.", Remedy(RemedyKind.START_STACK))
        return Addresses(
            database_url=self.postgres.url,
            temporal_address=self.temporal.address,
            temporal_ui=self.temporal.ui,
            postgres_pid=self.postgres.mark.pid,
            temporal_pid=self.temporal.mark.pid,
            socket_folder=self.postgres.socket_folder,
            application_url=self.postgres.role_url(DatabaseRole.APPLICATION),
            reporting_url=self.postgres.role_url(DatabaseRole.REPORTING),
            server=self.server,
        )

    def start(self) -> Addresses:
        """Start both engines, or leave nothing running. Ends what a killed predecessor left in this home."""
        self.home.prepare()
        try:
            self.home.lock()
            end_recorded(self.home.path)
            self.note()
            self.postgres.start()
            self.note()
            self.temporal.start()
            self.note()
        except BaseException:
            self.stop()
            raise
        return self.addresses

    def note(self, *, extra: tuple[ProcessMark, ...] | None = None, ready: bool | None = None) -> None:
        """Write down what runs now: the engines, this process, and `extra` ones that it looks after."""
        self._extra = self._extra if extra is None else extra
        self._ready = self._ready if ready is None else ready
        engines = tuple(mark for mark in (self.postgres.mark, self.temporal.mark) if mark is not None)
        record = Record(
            ready=self._ready,
            addresses=self.addresses if len(engines) == 2 else None,
            processes=(_own_mark(), *engines, *self._extra),
        )
        write_private(self.home.record, record.written())

    def stop(self) -> None:
        """Stop Temporal, then PostgreSQL, and free the home. Does nothing when nothing runs."""
        if not self.home.locked:
            return
        with held_signals(), ExitStack() as exits:
            # Pushed in reverse: each one runs even when one before it fails.
            exits.callback(self.home.unlock)
            exits.callback(self.home.record.unlink, missing_ok=True)
            exits.callback(self.postgres.stop)
            exits.callback(self.temporal.stop)

    def __enter__(self) -> Stack:
        self._exits.enter_context(termination_interrupts())
        try:
            self.start()
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._exits:
            self.stop()


def _own_mark() -> ProcessMark:
    return ProcessMark.of("supervisor", os.getpid())


def end_recorded(home: Path) -> None:
    """End what a killed owner left running in a home that we have locked: workers, then Temporal, then PostgreSQL."""
    record = Record.read(home)
    if record is None:
        return
    order = {"postgres": 2, "temporal": 1}
    for mark in sorted(record.processes, key=lambda mark: order.get(mark.name, 0)):
        if mark.name != "supervisor":  # it held the lock, so it is gone
            end(mark, _ENGINE_STOPS.get(mark.name, WORKER_STOP))


@contextmanager
def throwaway_stack(
    *,
    durable: bool = False,
    within: Path | None = None,
    time_skipping: bool = False,
    settings: Settings | None = None,
    furnish: Callable[[Path], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Stack]:
    """A fast stack in a folder of its own, for a demo or tests: when the block ends, nothing of it is left.

    With `durable` its engines keep, until then, what they have acknowledged, also when they are killed. The folder is
    one of `within`; unset, of the system's temporary files. `furnish` may put a database that was made before into it.

    That holds for Ctrl-C and SIGTERM, which arrive as KeyboardInterrupt, at any moment. After a `kill -9` of this
    process its children die (on Linux), and the next throwaway stack removes the folder.
    """
    with termination_interrupts():
        _sweep()
        folder: Path | None = None
        stack: Stack | None = None
        try:
            with held_signals():
                folder = Path(tempfile.mkdtemp(prefix=_THROWAWAY, dir=within))
                folder.chmod(0o711)
            furnish(folder)
            stack = Stack(folder, settings or Settings(), durable=durable, time_skipping=time_skipping, say=say)
            stack.start()
            yield stack
        finally:
            with held_signals():
                try:
                    if stack is not None:
                        stack.stop()
                        stack.postgres.remove_data()
                finally:
                    if folder is not None:
                        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove throwaway folders whose owner was killed: written down, and locked by nobody."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_THROWAWAY}*"):
        home = Home(folder)
        try:
            # Anybody may make folders of this name, with any pids in them; and ours may be starting at this moment.
            if folder.lstat().st_uid != os.geteuid() or folder.is_symlink() or not home.record.exists():
                continue
            home.lock()
            end_recorded(folder)
            remains = Postgres(home, Settings(), durable=False)
            remains.end_remains()
            remains.remove_data()
            shutil.rmtree(folder, ignore_errors=True)
        except (EmbeddedError, OSError):
            continue  # it runs, or it is another user's
        finally:
            home.unlock()
