"""The home: the folder that holds one embedded stack, its lock, what it remembers, and its logs."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from starter.embedded.errors import EmbeddedError
from starter.embedded.processes import wait_until
from starter.failures import Remedy, RemedyKind

_LOG_LIMIT = 20 * 1024 * 1024


def write_private(path: Path, text: str) -> None:
    """Replace `path` as a whole, readable for its owner only; a reader sees the old text or the new one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Home:
    """One folder, used by one stack at a time.

    `state` is what the stack remembers between runs (ports, where the data is); `record` (`stack.json`) is what runs
    now, and whom to end when nobody else does.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.record = self.path / "stack.json"
        self._state = self.path / "state.json"
        self._lock_path = self.path / "lock"
        self._lock: int | None = None

    def prepare(self) -> None:
        """Make the folder when there is none. A folder that exists keeps the permissions that it has."""
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                # Root's server user has to pass through, and sees no names; nobody else has any business here.
                self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            (self.path / "logs").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(
                f"The home {self.path} can't be used ({error.strerror}): "
                "set FIELDCARE_HOME to a folder that belongs to you."
            ) from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise EmbeddedError(
                f"The home {self.path} can't be written by this user: set FIELDCARE_HOME to a folder of your own."
            )

    def lock(self, patience: float = 0) -> None:
        """Own the home until :meth:`unlock` or our death; an error when another process still does after `patience`."""
        try:
            handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EmbeddedError(
                f"The home {self.path} belongs to another user ({error.strerror}): "
                "run fieldcare as that user, or set FIELDCARE_HOME to a folder of your own."
            ) from error
        if not wait_until(lambda: _try_lock(handle), patience):
            os.close(handle)
            holder = self._lock_path.read_text().strip() or "unknown"
            raise EmbeddedError(
                f"The home {self.path} is already running or starting (pid {holder}): "
                "use it, stop it, or set FIELDCARE_HOME to another folder.",
                Remedy(RemedyKind.STOP_STACK),
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        # The file stays for ever: removing it would let two processes lock two different files of one name.
        self._lock = handle

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def locked(self) -> bool:
        return self._lock is not None

    def recall(self, key: str) -> Any:
        """What was remembered under `key`, or None. A state file that can't be read is as good as none."""
        try:
            return json.loads(self._state.read_text()).get(key)
        except (OSError, ValueError, AttributeError):
            return None

    def remember(self, **facts: object) -> None:
        try:
            state = json.loads(self._state.read_text())
        except (OSError, ValueError):
            state = {}
        write_private(self._state, json.dumps({**state, **facts}, indent=1))

    def recall_port(self, key: str) -> int | None:
        port = self.recall(key)
        return port if isinstance(port, int) and 0 < port < 65536 else None

    def log(self, name: str) -> Path:
        """The log of one process; a long one of an earlier run is put aside first."""
        path = self.path / "logs" / f"{name}.log"
        if path.exists() and path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return path


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
