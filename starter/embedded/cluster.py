"""A PostgreSQL data folder: making one, judging one, its configuration, and who works in it."""

from __future__ import annotations

import getpass
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from starter.embedded.accounts import Account
from starter.embedded.binaries import MAJOR_VERSION
from starter.embedded.errors import EmbeddedError
from starter.embedded.processes import ProcessMark

ROLE = "fieldcare"
DATABASE = "fieldcare"
_TIMEOUT = 120.0  # seconds for initdb or a single-user session on a slow disk


def create(programs: Path, data: Path, account: Account, password: str, *, durable: bool) -> None:
    """Make `data` with the role and the database in it. It appears whole or not at all."""
    for leftover in data.parent.glob(f"{data.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    # A name of its own each time: an initdb whose caller was killed may still be writing into the last one.
    fresh = Path(tempfile.mkdtemp(prefix=f"{data.name}.new-", dir=data.parent))
    account.give(fresh)
    try:
        _run(
            account,
            [
                programs / "initdb",
                f"--pgdata={fresh}",
                f"--username={ROLE}",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                # Our own pg_hba.conf decides who may connect; a server started without it lets nobody in over TCP.
                "--auth-local=peer",
                "--auth-host=reject",
                "--no-instructions",
                *([] if durable else ["--no-sync"]),
            ],
        )
        _single_user(programs, fresh, account, _password_sql(password) + f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n")
        fresh.rename(data)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def set_password(programs: Path, data: Path, account: Account, password: str) -> None:
    """Give the role a new password while no server runs on `data`."""
    _single_user(programs, data, account, _password_sql(password))


def _password_sql(password: str) -> str:
    return f"SET password_encryption = 'scram-sha-256'\nALTER ROLE {ROLE} PASSWORD '{password}'\n"


def _single_user(programs: Path, data: Path, account: Account, sql: str) -> None:
    # Through standard input: a password in the arguments would show in the process list.
    _run(account, [programs / "postgres", "--single", "-D", data, "-c", "exit_on_error=on", "postgres"], text=sql)


def _run(account: Account, command: list[str | Path], text: str | None = None) -> None:
    tool = Path(command[0]).name
    try:
        result = account.run(command, timeout=_TIMEOUT, text=text)
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedError(f"{tool} failed: {error}. Free space, or a faster disk, may be what it lacks.") from None
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.strip()] or ["it said nothing"]
        complaint = next((line for line in lines if "rror:" in line or "FATAL" in line), lines[-1])
        raise EmbeddedError(f"{tool} failed: {complaint.strip()} (as user {account.name}; is there room on the disk?)")


def check(data: Path, account: Account) -> None:
    """Refuse a data folder that this server must not touch: of another version, of somebody else, or none at all."""
    facts = data.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        raise EmbeddedError(f"{data} is not a folder: move it away, and the database will be made anew.")
    if facts.st_uid != account.uid:
        raise EmbeddedError(
            f"{data} belongs to uid {facts.st_uid}, and PostgreSQL would run as {account.name} (uid {account.uid}): "
            "run fieldcare as the user that made it, or as root with FIELDCARE_SERVER_USER set to its owner."
        )
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except OSError:
        raise EmbeddedError(
            f"{data} is not a PostgreSQL data folder: move it away, and the database will be made anew."
        ) from None
    if version != str(MAJOR_VERSION):
        raise EmbeddedError(
            f"{data} is of PostgreSQL {version}, and this one is {MAJOR_VERSION}: dump it with the old version and "
            "restore it here, or set FIELDCARE_HOME to a new folder."
        )


def configuration(place: Path, *, port: int, socket_folder: Path, account: Account, durable: bool) -> dict[str, str]:
    """The files of the configuration, by name. Nothing in them is secret."""
    conf = place / "conf"
    lines = [
        "# Written by fieldcare at every start. Settings of your own: data/postgresql.conf, or ALTER SYSTEM.",
        f"include {_quoted(place / 'data' / 'postgresql.conf')}",
        f"hba_file = {_quoted(conf / 'pg_hba.conf')}",
        f"ident_file = {_quoted(conf / 'pg_ident.conf')}",
        "listen_addresses = '127.0.0.1'",
        f"port = {port}",
        f"unix_socket_directories = {_quoted(socket_folder)}",
        "unix_socket_permissions = 0700",
        "password_encryption = 'scram-sha-256'",
        "cluster_name = 'fieldcare'",
        "max_connections = 100",
        "shared_buffers = '128MB'",
        "track_commit_timestamp = on",
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
        "log_checkpoints = off",
        *(["fsync = on", "synchronous_commit = on"] if durable else []),
        *([] if durable else ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]),
    ]
    hba = [
        "# Nobody is trusted: the system vouches for who is at the socket, a password for who comes over TCP.",
        f"local all {ROLE} peer map=fieldcare",
        "host all all 127.0.0.1/32 scram-sha-256",
    ]
    names = dict.fromkeys([account.name, "root", getpass.getuser() if not account.switched else account.name])
    ident = [f'fieldcare "{name}" {ROLE}' for name in names]
    files = {"postgresql.conf": lines, "pg_hba.conf": hba, "pg_ident.conf": ident}
    return {name: "\n".join(text) + "\n" for name, text in files.items()}


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def recorded_server(data: Path) -> int | None:
    """The pid in the server's pid file, whoever has it now; None when there is none to read."""
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def processes_in(data: Path) -> list[ProcessMark]:
    """The living PostgreSQL processes whose working folder is `data`: a server and its children never leave it."""
    import psutil  # type: ignore[import-untyped, unused-ignore]

    if not data.exists():
        return []
    folder = os.path.realpath(data)
    found = []
    for process in psutil.process_iter():
        try:
            if process.name().startswith("postgres") and process.cwd() == folder:
                found.append(ProcessMark.of("postgres", process.pid))
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or somebody else's: not one of ours
    return [mark for mark in found if mark.alive()]
