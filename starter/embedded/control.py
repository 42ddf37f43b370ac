"""What another process may do with a home: start it in the background, ask how it is, stop it."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.settings import Settings
from starter.embedded.errors import EmbeddedError
from starter.embedded.home import Home
from starter.embedded.postgres import Postgres
from starter.embedded.processes import ProcessMark, Steps, end, log_tail, size_of, spawn
from starter.embedded.record import Addresses, Record, read_addresses
from starter.embedded.signals import held_signals
from starter.embedded.stack import end_recorded
from starter.embedded.supervisor import REPORT_TO

# Longer than a supervisor's own deadlines for its children together.
_SUPERVISOR_STOP: Steps = ((signal.SIGTERM, 90), (signal.SIGKILL, 5))
_LOCK_PATIENCE = 30.0  # seconds for a supervisor that is just appearing or going


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """One process of a home; `pid` is None when it was never started or was stopped."""

    name: str
    pid: int | None
    running: bool
    address: str | None


@dataclass(frozen=True, slots=True)
class HomeStatus:
    """How a home is. `ready`: its supervisor and both engines live, and its workers have been started."""

    home: Path
    ready: bool
    processes: tuple[ProcessReport, ...]
    addresses: Addresses | None


def start_detached(
    home: Path, command: Sequence[str], *, environment: Mapping[str, str] | None = None, timeout: float = 300.0
) -> Addresses:
    """Start `command`, which must call `run_supervisor` for `home`, in the background; return when it is ready.

    Its output goes to `HOME/logs/supervisor.log`. When it fails, nothing of it is left and its last sentence is
    raised. It gets `environment` (default: ours) and is stopped when it is not ready after `timeout` seconds.
    """
    base = Home(home)
    base.prepare()
    base.lock()  # the clear refusal, before anything starts
    base.unlock()
    log = base.log("supervisor")
    since = size_of(log)
    reading, writing = os.pipe()
    try:
        with held_signals():
            try:
                process = spawn(
                    command,
                    log=log,
                    environment={**(os.environ if environment is None else environment), REPORT_TO: str(writing)},
                    death_signal=None,
                    cwd=Path.cwd(),
                    inherit=(writing,),
                )
            finally:
                os.close(writing)
            mark = ProcessMark.of("supervisor", process.pid)
        try:
            answer = _listen(reading, timeout)
            addresses = read_addresses(home) if answer == "ready" else None
        except BaseException:
            _give_up(home, mark)
            raise
    finally:
        os.close(reading)
    # It outlives us or `stop` collects it; either way there is nothing left for the handle to do.
    process.returncode = 0
    if addresses is not None:
        return addresses
    _give_up(home, mark)
    if answer is None:
        raise EmbeddedError(f"{base.path} was not ready after {timeout:.0f} s and was stopped: see {log}.")
    sentence = (
        answer.removeprefix("failed ") if answer.startswith("failed ") else f"{log_tail(log, since)} (more in {log})."
    )
    raise EmbeddedError(sentence)


def _listen(handle: int, timeout: float) -> str | None:
    """What the supervisor reports; empty when it ended without a word, None when nothing came in time."""
    deadline = time.monotonic() + timeout
    heard = b""
    while True:
        readable, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            return None
        part = os.read(handle, 65536)
        if not part:
            return heard.decode(errors="replace")
        heard += part


def _give_up(home: Path, supervisor: ProcessMark) -> None:
    with held_signals():
        end(supervisor, _SUPERVISOR_STOP)
        stop(home)


def stop(home: Path) -> bool:
    """End the supervisor of `home` and everything it started, even when it was killed itself.

    True when something ran; stopping what does not run is no error. A process is ended only when it is the one that
    was started: a stranger who has its pid by now is left alone.
    """
    base = Home(home)
    if not base.path.is_dir():
        return False
    ran = False
    deadline = time.monotonic() + _LOCK_PATIENCE
    while not base.locked:
        record = Record.read(home)
        for mark in record.processes if record is not None else ():
            ran = ran or mark.alive()
            if mark.name == "supervisor":
                end(mark, _SUPERVISOR_STOP)
        try:
            base.lock(patience=0.5)
        except EmbeddedError:
            # Its supervisor is just appearing, and has not written down who it is.
            if time.monotonic() > deadline:
                raise
    try:
        with held_signals():
            end_recorded(home)
            Postgres(base, Settings()).end_remains()
            base.record.unlink(missing_ok=True)
    finally:
        base.unlock()
    return ran


def status(home: Path) -> HomeStatus:
    """How the processes of `home` are now; starts and changes nothing."""
    record = Record.read(home)
    marks = {mark.name: mark for mark in record.processes} if record is not None else {}
    names = list(dict.fromkeys(["supervisor", "postgres", "temporal", *marks]))
    reports = tuple(
        ProcessReport(
            name=name,
            pid=marks[name].pid if name in marks else None,
            running=name in marks and marks[name].alive(),
            address=marks[name].address if name in marks else None,
        )
        for name in names
    )
    return HomeStatus(
        home=home.absolute(),
        ready=record is not None and record.ready and all(report.running for report in reports[:3]),
        processes=reports,
        addresses=read_addresses(home),
    )
