"""PostgreSQL from the installed wheel: made, started, recovered and stopped for one home."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from migrations.grants import DatabaseRole
from migrations.roles import RolesError, ensure_roles, keep_out_of_other_databases
from models.database import DatabaseError
from models.settings import Settings
from starter.embedded import cluster
from starter.embedded.accounts import BARE_ENVIRONMENT, Account, server_account
from starter.embedded.binaries import postgres_programs
from starter.embedded.errors import EmbeddedError
from starter.embedded.home import Home, write_private
from starter.embedded.place import find, make_socket_folder, remove_socket_folder, settle
from starter.embedded.processes import (
    LOOPBACK,
    ProcessMark,
    Steps,
    answers,
    choose_port,
    end,
    log_tail,
    size_of,
    spawn,
    wait_until,
)
from starter.embedded.signals import held_signals

# Fast: disconnect everybody, write a checkpoint. Immediate: drop everything, recover at the next start.
STOP: Steps = ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))
ABANDON: Steps = ((signal.SIGQUIT, 5), (signal.SIGKILL, 5))

_START_TIMEOUT = 120.0  # seconds; a start after a crash replays the log first
_RACES = 5


class Postgres:
    """The PostgreSQL server of a locked home. With `durable` false it is fast and its data may be lost."""

    def __init__(
        self,
        home: Home,
        settings: Settings,
        *,
        durable: bool = True,
        port: int | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._home = home
        self._settings = settings
        self._durable = durable
        self._requested = port
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self.mark: ProcessMark | None = None
        self.port = 0
        self.password = ""
        self.role_passwords: dict[DatabaseRole, str] = {}
        self.socket_folder: Path | None = None

    @property
    def url(self) -> str:
        """The database as its owner, who migrates it."""
        return self._url(cluster.ROLE, self.password)

    def role_url(self, role: DatabaseRole) -> str:
        """The database as another role; what it may do there is the migrations' to say."""
        return self._url(role.value, self.role_passwords[role])

    def start(self) -> None:
        """Return when the server answers and has its roles; make its data the first time, recover it after a crash."""
        account = server_account(self._settings.server_user)
        programs = postgres_programs(self._settings, account)
        place = settle(self._home, account, say=self._say if self._durable else lambda _: None)
        data = place / "data"
        self.stop()
        self._make_data(programs, data, account)
        self.socket_folder = make_socket_folder(self._home, place, account)
        for race in range(_RACES):
            self.port = choose_port(
                "PostgreSQL",
                requested=self._requested,
                previous=self._home.recall_port("postgres_port"),
                say=self._say,
            )
            self._configure(place, account)
            if self._launch(programs, place, account, last=race == _RACES - 1):
                break
        self._home.remember(postgres_port=self.port)
        self._make_roles()

    def keep_port(self) -> None:
        """From now on a start takes this port or fails: others know the address."""
        self._requested = self.port

    def exited(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """End the server and every process of it; does nothing when none runs."""
        if self.mark is not None:
            with held_signals():
                end(self.mark, STOP if self._durable else ABANDON)
                if self._process is not None:
                    self._process.wait()
                self.mark = self._process = None
        self.end_remains()

    def end_remains(self) -> None:
        """End whatever of a server is left in this home, whoever started it, with the socket folder outside of it."""
        place = find(self._home)
        if place is not None:
            clear_remains(place / "data")
        remove_socket_folder(self._home)

    def remove_data(self) -> None:
        """Remove the database, also when it is outside of its home. Only for a throwaway home, after `stop`."""
        place = find(self._home)
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)

    def _make_data(self, programs: Path, data: Path, account: Account) -> None:
        """Leave data of the right kind, and a role whose password we know."""
        path = self._home.path / "postgres.password"
        exists = data.exists() or data.is_symlink()
        if exists:
            cluster.check(data, account)
            if path.exists():
                self.password = path.read_text().strip()
                return
        self.password = secrets.token_urlsafe(24)
        if exists:
            cluster.set_password(programs, data, account, self.password)
        else:
            cluster.create(programs, data, account, self.password, durable=self._durable)
        # Written down last: a file that exists holds what the role has, even when we were killed in between.
        write_private(path, self.password)

    def _make_roles(self) -> None:
        """Leave the roles for workers and reporting, also in a cluster of a time before them, with known passwords."""
        for role in DatabaseRole:
            path = self._home.path / f"{role.name.lower()}.password"
            if not path.exists():
                write_private(path, secrets.token_urlsafe(24))
            self.role_passwords[role] = path.read_text().strip()
        try:
            # In a thread: whoever starts us may be in an event loop of their own.
            with ThreadPoolExecutor(1) as pool:
                # Without TLS, which a driver would look into the home of whoever we are for.
                url = f"{self.url}?sslmode=disable"
                pool.submit(asyncio.run, ensure_roles(url, self.role_passwords)).result()
                pool.submit(asyncio.run, keep_out_of_other_databases(url)).result()
        except (RolesError, DatabaseError) as error:
            raise EmbeddedError(f"PostgreSQL runs, but the roles of the workers can't be made: {error}") from error

    def _url(self, role: str, password: str) -> str:
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.port}/{cluster.DATABASE}"

    def _configure(self, place: Path, account: Account) -> None:
        if self.socket_folder is None:
            raise AssertionError("the socket folder is made before the configuration")
        files = cluster.configuration(
            place, port=self.port, socket_folder=self.socket_folder, account=account, durable=self._durable
        )
        for name, text in files.items():
            path = place / "conf" / name
            path.write_text(text)
            path.chmod(0o644)  # no secret in there, and root's server user has to read it

    def _launch(self, programs: Path, place: Path, account: Account, *, last: bool) -> bool:
        """Start and wait until ready. False when another program took the port meanwhile and another try is left."""
        log = self._home.log("postgres")
        since = size_of(log)
        with held_signals():
            self._process = spawn(
                [
                    programs / "postgres",
                    "-D",
                    place / "data",
                    "-c",
                    f"config_file={place / 'conf' / 'postgresql.conf'}",
                ],
                log=log,
                environment=BARE_ENVIRONMENT,
                death_signal=signal.SIGINT if self._durable else signal.SIGQUIT,
                account=account,
            )
            self.mark = ProcessMark.of("postgres", self._process.pid, f"{LOOPBACK}:{self.port}")
        process = self._process
        if wait_until(lambda: process.poll() is not None or self._ready(place / "data"), _START_TIMEOUT):
            if process.poll() is None:
                return True
            complaint = log_tail(log, since)
            self.mark = self._process = None
            if not last and "TCP/IP socket" in complaint:
                return False
            raise EmbeddedError(f"PostgreSQL does not start: {complaint} (more in {log}).")
        self.stop()
        raise EmbeddedError(f"PostgreSQL was not ready after {_START_TIMEOUT:.0f} s: see {log}.")

    def _ready(self, data: Path) -> bool:
        """Whether the server says so in its pid file (the way `pg_ctl` knows) and accepts connections."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        mine = self.mark is not None and lines[:1] == [str(self.mark.pid)]
        return mine and len(lines) > 7 and lines[7].startswith("ready") and answers(self.port)


def clear_remains(data: Path) -> None:
    """End every PostgreSQL process that works in `data`, then remove its pid file. Only under the home's lock.

    PostgreSQL would judge the pid file by its number alone: it takes a zombie, or a stranger who got the number since,
    for the server. We go by who works in the folder. Children of a killed server end by themselves when they see that
    it is gone; until then they hold its shared memory, and a new server must not start beside them.
    """
    server = cluster.recorded_server(data)
    for mark in cluster.processes_in(data):
        if mark.pid == server:
            end(mark, STOP)
    if not wait_until(lambda: not cluster.processes_in(data), 5):
        for steps in (ABANDON, ABANDON[1:]):
            for mark in cluster.processes_in(data):
                end(mark, steps)
    (data / "postmaster.pid").unlink(missing_ok=True)
