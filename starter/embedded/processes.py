"""Processes by identity: starting them, waiting for them, ending them by pid without ever hitting a stranger."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starter.embedded.accounts import Account
from starter.embedded.errors import EmbeddedError

LOOPBACK = "127.0.0.1"
_PR_SET_PDEATHSIG = 1
_LINUX = sys.platform.startswith("linux")

Steps = Sequence[tuple[signal.Signals, float]]
"""Signals to send in turn, each with the seconds that the process has for ending after it."""


def wait_until(condition: Callable[[], bool], timeout: float, interval: float = 0.02) -> bool:
    """True as soon as `condition` holds, False when it still does not after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(interval)
    return True


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def birth_of(pid: int) -> str | None:
    """What tells this process from any other that had or will have the same pid; None when none lives.

    A zombie counts as dead: it holds nothing but its number, and nobody may ever collect it.
    """
    if _LINUX:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        # Ticks since boot, not the clock's time: the latter shifts when the clock is set.
        return None if fields[0] in "ZX" else f"{_boot()}/{fields[19]}"
    import psutil  # type: ignore[import-untyped, unused-ignore]

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
    except psutil.Error:
        return None


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process as it was when it started. `alive` is never true for a later process with the same pid."""

    name: str
    pid: int
    birth: str
    address: str | None = None

    @classmethod
    def of(cls, name: str, pid: int, address: str | None = None) -> ProcessMark:
        """The mark of a process that lives now; one that has just ended gets a mark that is never alive."""
        return cls(name, pid, birth_of(pid) or "", address)

    def alive(self) -> bool:
        return self.birth != "" and birth_of(self.pid) == self.birth


def end(mark: ProcessMark, steps: Steps) -> None:
    """End the process by the steps, until it is gone. Does nothing when it is gone already."""
    for number, patience in steps:
        if not mark.alive():
            break
        try:
            os.kill(mark.pid, number)
        except ProcessLookupError:
            break
        except PermissionError as error:
            raise EmbeddedError(
                f"{mark.name} (pid {mark.pid}) belongs to another user and can't be stopped from here: "
                "run this as the user that started it."
            ) from error
        wait_until(lambda: not mark.alive(), patience)
    if mark.alive():
        raise EmbeddedError(f"{mark.name} (pid {mark.pid}) does not end: look at it with ps, and kill it by hand.")
    # When it was our own child, collect it: no zombie stays.
    with suppress(ChildProcessError):
        os.waitpid(mark.pid, os.WNOHANG)


def _dying_with_parent(number: signal.Signals | None) -> Callable[[], None] | None:
    """Code for the child that ties its life to ours where the platform can (Linux), even when we are kill -9'd."""
    # The kernel sends the signal when the *thread* that forked ends, so only the main thread may ask for it.
    if number is None or not _LINUX or threading.current_thread() is not threading.main_thread():
        return None
    parent = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return tie


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    death_signal: signal.Signals | None,
    account: Account | None = None,
    cwd: Path | None = None,
    inherit: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own (Ctrl-C in the terminal reaches us, not it), output appended to `log`.

    `death_signal` is what it gets when we die without stopping it; None lets it live on. It runs as `account` when
    that is not ours, and gets the descriptors `inherit`.
    """
    switched = account if account is not None and account.switched else None
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd="/" if switched and cwd is None else cwd,
            start_new_session=True,
            # Unsafe beside threads when it takes locks; this one makes two system calls.
            preexec_fn=_dying_with_parent(death_signal),  # noqa: PLW1509
            pass_fds=inherit,
            umask=0o077,
            user=switched.uid if switched else None,
            group=switched.gid if switched else None,
            extra_groups=[] if switched else None,
        )
    except OSError as error:
        raise EmbeddedError(f"{command[0]} can't be started: {error.strerror}.") from error
    finally:
        os.close(output)


def log_tail(log: Path, since: int = 0) -> str:
    """The last telling line of a log after position `since`: its last error if there is one, else its last line."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, log.stat().st_size - 65536))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        lines = []
    errors = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "rror:", "ERROR"))]
    return (errors or lines or ["(it wrote nothing)"])[-1]


def size_of(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do it: a connection that lingers after a restart does not make the port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1:`port`."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port that nothing listens on, below the range that outgoing connections take theirs from."""
    # Random, so that two stacks starting at once rarely meet; whoever loses that race tries again.
    for port in random.SystemRandom().sample(range(20000, 32000), 200):
        if port_is_free(port):
            return port
    raise EmbeddedError(
        "No free port between 20000 and 32000 on 127.0.0.1: stop some of the servers that listen there."
    )


def choose_port(what: str, *, requested: int | None, previous: int | None, say: Callable[[str], None]) -> int:
    """The port for `what`: the requested one or an error; else the previous one; else a free one, and say so."""
    if requested is not None:
        if not port_is_free(requested):
            raise EmbeddedError(
                f"Port {requested} on {LOOPBACK}, requested for {what}, is taken: "
                "stop what listens there, or request another port."
            )
        return requested
    if previous is not None and port_is_free(previous):
        return previous
    port = free_port()
    if previous is not None:
        say(f"Port {previous}, which {what} had before, is taken by another program: {what} is now on port {port}.")
    return port
