"""Worker processes of a throwaway stack: started, counted, killed, and none left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType

from starter.embedded.processes import ProcessMark, Steps, end, log_tail, spawn
from starter.embedded.signals import held_signals

COMMAND = (sys.executable, "-m", "worker")
STOP: Steps = ((signal.SIGTERM, 15), (signal.SIGKILL, 5))


class Workers:
    """Runs `count` worker processes, from the main thread: they die with it. A context manager.

    Args:
        environment: where the engines are (`worker_environment()`).
        log: file that they all write to.
    """

    def __init__(self, count: int, environment: Mapping[str, str], log: Path, command: tuple[str, ...] = COMMAND):
        self._count = count
        self._environment = environment
        self._log = log
        self._command = command
        self._running: list[tuple[ProcessMark, subprocess.Popen[bytes]]] = []
        self.killed = 0

    def __enter__(self) -> Workers:
        try:
            for _ in range(self._count):
                self.start_one()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pids(self) -> list[int]:
        return [mark.pid for mark, _ in self._running]

    @property
    def marks(self) -> list[ProcessMark]:
        """Who runs, the oldest first."""
        return [mark for mark, _ in self._running]

    def start_one(self, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        """Start one more, with `settings` of its own in its environment."""
        with held_signals():
            process = spawn(
                self._command,
                log=self._log,
                environment={**self._environment, **settings},
                death_signal=signal.SIGKILL,
                cwd=Path(__file__).parents[2],
            )
            self._running.append((ProcessMark.of("worker", process.pid), process))

    def kill_one(self) -> None:
        """`kill -9` the oldest worker, and start another in its place."""
        self.kill(self.marks[:1])
        self.start_one()

    def kill(self, marks: Collection[ProcessMark]) -> int:
        """`kill -9` those of the workers, and start none; returns how many there were to kill."""
        struck = [(mark, process) for mark, process in self._running if mark in marks]
        for mark, process in struck:
            with held_signals():
                end(mark, ((signal.SIGKILL, 5),))
                process.wait()
                self._running.remove((mark, process))
        self.killed += len(struck)
        return len(struck)

    def fill_up(self, settings: Mapping[str, str] = MappingProxyType({})) -> int:
        """Start one for each that is missing, has ended by itself or was killed; returns how many."""
        self._running = [(mark, process) for mark, process in self._running if process.poll() is None]
        missing = self._count - len(self._running)
        for _ in range(missing):
            self.start_one(settings)
        return missing

    def ended(self) -> str | None:
        """What the log says when a worker has ended by itself; None while all run."""
        if any(process.poll() is not None for _, process in self._running):
            return log_tail(self._log)
        return None

    def stop(self) -> None:
        """End them all, gracefully if they can."""
        with held_signals():
            for _, process in self._running:
                process.terminate()
            for mark, process in self._running:
                end(mark, STOP)
                process.wait()
            self._running.clear()
