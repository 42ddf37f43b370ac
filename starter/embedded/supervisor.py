"""The process that stays: both engines, then the workers, watched and restarted until somebody stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from models.settings import Settings
from starter.embedded.errors import EmbeddedError
from starter.embedded.home import Home
from starter.embedded.postgres import Postgres
from starter.embedded.processes import ProcessMark, choose_port, end, spawn
from starter.embedded.record import Addresses
from starter.embedded.signals import held_signals, termination_interrupts
from starter.embedded.stack import WORKER_STOP, Stack
from starter.embedded.temporal import NAMESPACE, Temporal

WORKER_COMMAND = (sys.executable, "-m", "worker")
REPORT_TO = "FIELDCARE_REPORT_FD"
NOT_FOR_WORKERS = frozenset(
    {
        "FIELDCARE_ADMIN_DATABASE_URL",
        "FIELDCARE_APP_PASSWORD",
        "FIELDCARE_REPORTING_PASSWORD",
        "FIELDCARE_TOKEN",
    }
)
"""Variables that are for `fieldcare db` alone."""

_WATCH_INTERVAL = 0.2  # seconds
_STEADY = 60.0  # seconds after which a process counts as healthy again
_LONGEST_PAUSE = 30.0  # seconds between two starts of a worker that keeps failing
_ENGINE_ATTEMPTS = 5


class _Backoff:
    """When a process that keeps ending may start again: at once, then after 0.5, 1, 2, … 30 seconds."""

    def __init__(self) -> None:
        self.failures = 0
        self._started = float("-inf")
        self._not_before = float("-inf")

    def started(self) -> None:
        self._started = time.monotonic()

    def ended(self) -> float:
        """Note an end; returns the seconds until the next start."""
        steady = time.monotonic() - self._started > _STEADY
        self.failures = 0 if steady else self.failures + 1
        pause = 0.0 if self.failures == 0 else min(_LONGEST_PAUSE, 0.25 * 2**self.failures)
        self._not_before = time.monotonic() + pause
        return pause

    def due(self) -> bool:
        return time.monotonic() >= self._not_before


class _Worker:
    """One worker process and its restarts."""

    def __init__(self, name: str, command: Sequence[str], home: Home, environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._home = home
        self._environment = environment
        self._backoff = _Backoff()
        self._process: subprocess.Popen[bytes] | None = None
        self.mark: ProcessMark | None = None

    def look_after(self, say: Callable[[str], None]) -> bool:
        """Note an end, start again when it is time; True when the processes changed."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return False
            self.mark = self._process = None
            log = self._home.log(self.name)
            say(f"{self.name} ended with code {code}, it starts again in {self._backoff.ended():.1f} s: see {log}.")
            return True
        if not self._backoff.due():
            return False
        with held_signals():
            self._process = spawn(
                self._command,
                log=self._home.log(self.name),
                environment=self._environment,
                death_signal=signal.SIGTERM,
                cwd=Path.cwd(),
            )
            self.mark = ProcessMark.of(self.name, self._process.pid)
        self._backoff.started()
        return True

    def ask_to_stop(self) -> None:
        """Send the first signal without waiting, so that many workers finish side by side."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> None:
        if self.mark is not None:
            end(self.mark, WORKER_STOP)
            if self._process is not None:
                self._process.wait()
            self.mark = self._process = None


def worker_environment(home: Path, addresses: Addresses) -> dict[str, str]:
    """The environment for a program that is to use this home: ours, with the addresses of these engines in it."""
    # A profile, a key or TLS for another Temporal must not leak into a connection to this one, nor the rights of the
    # database's owner into a worker.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TEMPORAL_") and name not in NOT_FOR_WORKERS
    }
    return {
        **inherited,
        "FIELDCARE_HOME": str(home.absolute()),
        "FIELDCARE_DATABASE_URL": addresses.workers_url,
        "TEMPORAL_ADDRESS": addresses.temporal_address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "TEMPORAL_CONFIG_FILE": os.devnull,
    }


def run_supervisor(
    home: Path,
    settings: Settings,
    *,
    before_workers: Callable[[Addresses], None],
    worker_command: Sequence[str] = WORKER_COMMAND,
    server_command: Sequence[str] = (),
    postgres_port: int | None = None,
    temporal_port: int | None = None,
    ui_port: int | None = None,
    time_skipping: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Run the whole stack in the foreground until SIGTERM, SIGHUP or Ctrl-C; then return, with everything stopped.

    `server_command` is run beside the workers, if there is one, and told its port by FIELDCARE_API_PORT: that of the
    settings, or else one that the home keeps. `before_workers` runs once, when the engines answer and before the first
    worker (migrations, seeds). Any error of it, and any :class:`EmbeddedError`, stops everything and is raised. Call
    it from the main thread.
    """
    report = _Report()
    with termination_interrupts():
        stack = Stack(
            home,
            settings,
            time_skipping=time_skipping,
            postgres_port=postgres_port,
            temporal_port=temporal_port,
            ui_port=ui_port,
            say=say,
        )
        workers: list[_Worker] = []
        try:
            addresses = stack.start()
            served = _place_server(stack, settings, say) if server_command else {}
            addresses = stack.addresses
            before_workers(addresses)
            environment = worker_environment(home, addresses)
            workers = [
                _Worker(f"worker-{number}", worker_command, stack.home, environment)
                for number in range(1, settings.worker_processes + 1)
            ]
            if served:
                workers.append(_Worker("server", server_command, stack.home, {**environment, **served}))
            _watch(stack, workers, report, say)
        except KeyboardInterrupt:
            report.failed("It was stopped while it started.")
        except BaseException as error:
            report.failed(str(error) or type(error).__name__)
            raise
        finally:
            with held_signals(), ExitStack() as exits:
                exits.callback(stack.stop)
                for worker in workers:
                    exits.callback(worker.stop)
                    worker.ask_to_stop()


def _place_server(stack: Stack, settings: Settings, say: Callable[[str], None]) -> dict[str, str]:
    """Choose where the server is to answer; returns what to tell it."""
    home = stack.home
    port = choose_port("the server", requested=settings.api_port, previous=home.recall_port("server_port"), say=say)
    home.remember(server_port=port)
    stack.server = f"http://{settings.api_host}:{port}"
    return {"FIELDCARE_API_PORT": str(port)}


def _watch(stack: Stack, workers: list[_Worker], report: _Report, say: Callable[[str], None]) -> None:
    """Look after every process until an interrupt, or until an engine can't be brought back."""
    engines: dict[str, tuple[Postgres | Temporal, _Backoff]] = {
        "PostgreSQL": (stack.postgres, _Backoff()),
        "Temporal": (stack.temporal, _Backoff()),
    }
    for engine, backoff in engines.values():
        engine.keep_port()
        backoff.started()
    noted = False
    while True:
        changed = [_revive(name, engine, backoff, say) for name, (engine, backoff) in engines.items()]
        changed += [worker.look_after(say) for worker in workers]
        if any(changed) or not noted:
            stack.note(extra=tuple(worker.mark for worker in workers if worker.mark is not None), ready=True)
            report.ready()
            noted = True
        time.sleep(_WATCH_INTERVAL)


def _revive(name: str, engine: Postgres | Temporal, backoff: _Backoff, say: Callable[[str], None]) -> bool:
    """Bring an engine that ended back on the same ports; True when it did. An error after several failures in a row."""
    if not engine.exited() or not backoff.due():
        return False
    say(f"{name} ended by itself and starts again.")
    backoff.ended()
    try:
        engine.start()
    except EmbeddedError as error:
        if backoff.failures >= _ENGINE_ATTEMPTS:
            raise
        say(str(error))
        return False
    backoff.started()
    return True


class _Report:
    """Tells the process that started us detached, if one did, how the start went: once."""

    def __init__(self) -> None:
        # Taken out of the environment: no child of ours should think that somebody waits for it.
        handle = os.environ.pop(REPORT_TO, "")
        self._handle = int(handle) if handle.isdigit() else None

    def ready(self) -> None:
        self._tell("ready")

    def failed(self, sentence: str) -> None:
        self._tell(f"failed {sentence}")

    def _tell(self, message: str) -> None:
        if self._handle is None:
            return
        try:
            os.write(self._handle, message.encode())
            os.close(self._handle)
        except OSError:
            pass  # nobody waits any more
        self._handle = None
