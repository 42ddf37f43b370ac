"""What the embedded PostgreSQL promises: one home, one server, its data there again whatever happened meanwhile."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest

from migrations.grants import DatabaseRole
from models.settings import Settings
from starter.embedded import EmbeddedError, binaries, cluster
from starter.embedded.accounts import Account, server_account
from starter.embedded.home import Home
from starter.embedded.postgres import Postgres
from starter.embedded.processes import wait_until
from tests.starter.conftest import StartPostgres


async def fetch(url: str, sql: str, *values: object) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql, *values)
    finally:
        await connection.close()


async def store(server: Postgres, text: str) -> None:
    await fetch(server.url, "CREATE TABLE kept (text text)")
    await fetch(server.url, "INSERT INTO kept VALUES ($1)", text)


async def stored(server: Postgres) -> Any:
    return await fetch(server.url, "SELECT text FROM kept")


def data_of(server: Postgres, home: Path) -> Path:
    return Path(Home(home).recall("place") or home / "postgres") / "data"


def halt(server: Postgres, home: Path) -> None:
    """Kill every process of a server at once, as the kernel does when memory runs out."""
    for mark in cluster.processes_in(data_of(server, home)):
        os.kill(mark.pid, signal.SIGKILL)


@pytest.fixture
def home(folder: Path) -> Path:
    return folder / "home"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("data_checksums", "on"),
        ("track_commit_timestamp", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("max_connections", "100"),
    ],
)
async def test_a_home_that_stays_has_safe_settings(durable_server: Postgres, setting: str, value: str) -> None:
    assert await fetch(durable_server.url, f"SHOW {setting}") == value


@pytest.fixture(scope="module")
def durable_server() -> Any:
    """One server for the tests that only ask."""
    path = Path(tempfile.mkdtemp(prefix="fieldcare-test-"))
    path.chmod(0o711)
    home = Home(path / "home")
    home.prepare()
    home.lock()
    server = Postgres(home, Settings())
    server.start()
    yield server
    server.stop()
    home.unlock()
    shutil.rmtree(path)


async def test_the_database_is_owned_by_the_role_and_orders_by_code_point(durable_server: Postgres) -> None:
    sql = (
        "SELECT concat_ws(' ', pg_get_userbyid(datdba), datlocprovider, datlocale) FROM pg_database WHERE datname = $1"
    )
    assert await fetch(durable_server.url, sql, "fieldcare") == "fieldcare b C.UTF-8"


@pytest.mark.parametrize("password", ["", "wrong"])
async def test_nobody_comes_in_over_tcp_without_the_password(durable_server: Postgres, password: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1", port=durable_server.port, user="fieldcare", database="fieldcare", password=password
        )


async def test_the_system_vouches_for_who_is_at_the_socket(durable_server: Postgres) -> None:
    connection = await asyncpg.connect(
        host=str(durable_server.socket_folder), port=durable_server.port, user="fieldcare", database="fieldcare"
    )
    assert await connection.fetchval("SELECT current_user") == "fieldcare"
    await connection.close()


async def test_the_password_is_in_a_private_file_and_nowhere_else(durable_server: Postgres) -> None:
    assert durable_server.mark is not None
    home = Path(psutil.Process(durable_server.mark.pid).cwd()).parents[1]
    holders = [
        path
        for path in home.rglob("*")
        if path.is_file() and path.stat().st_size < 1_000_000 and durable_server.password.encode() in path.read_bytes()
    ]
    assert [path.name for path in holders] == ["postgres.password"]
    assert holders[0].stat().st_mode & 0o077 == 0
    assert durable_server.password not in " ".join(psutil.Process(durable_server.mark.pid).cmdline())


@pytest.mark.parametrize("role", list(DatabaseRole))
async def test_the_other_roles_have_a_password_each_in_a_private_file(
    durable_server: Postgres, role: DatabaseRole
) -> None:
    assert durable_server.mark is not None
    home = Path(psutil.Process(durable_server.mark.pid).cwd()).parents[1]
    file = home / f"{role.name.lower()}.password"
    assert file.read_text() == durable_server.role_passwords[role]
    assert file.stat().st_mode & 0o077 == 0
    assert len({durable_server.password, *durable_server.role_passwords.values()}) == 3
    assert durable_server.role_passwords[role] not in (home / "logs/postgres.log").read_text()
    assert await fetch(durable_server.role_url(role), "SELECT current_user::text") == role


async def test_a_home_of_before_the_roles_gets_them(home: Path, start_postgres: StartPostgres) -> None:
    server = start_postgres(home)
    for role in DatabaseRole:
        await fetch(server.url, f"DROP ROLE {role}")
        (home / f"{role.name.lower()}.password").unlink()
    server.stop()
    server.start()
    for role in DatabaseRole:
        assert await fetch(server.role_url(role), "SELECT current_user::text") == role


async def test_a_role_whose_password_somebody_changed_gets_that_of_its_file(
    home: Path, start_postgres: StartPostgres
) -> None:
    server = start_postgres(home)
    await fetch(server.url, "ALTER ROLE fieldcare_app PASSWORD 'another'")
    server.stop()
    server.start()
    assert await fetch(server.role_url(DatabaseRole.APPLICATION), "SELECT 1") == 1


async def test_the_server_does_not_run_as_root(durable_server: Postgres) -> None:
    assert durable_server.mark is not None
    expected = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    assert psutil.Process(durable_server.mark.pid).uids().effective == expected


async def test_a_restart_keeps_data_port_and_password(home: Path, start_postgres: StartPostgres) -> None:
    first = start_postgres(home)
    await store(first, "kept")
    first.stop()
    first._home.unlock()
    second = start_postgres(home)
    assert second.url == first.url
    assert await stored(second) == "kept"


async def test_everything_killed_at_once_is_recovered(home: Path, start_postgres: StartPostgres) -> None:
    server = start_postgres(home)
    await store(server, "committed")
    halt(server, home)
    server.start()
    assert await stored(server) == "committed"


async def test_a_killed_server_whose_children_still_end_is_recovered(home: Path, start_postgres: StartPostgres) -> None:
    server = start_postgres(home)
    await store(server, "committed")
    children = [mark for mark in cluster.processes_in(data_of(server, home)) if mark != server.mark]
    assert server.mark is not None
    os.kill(server.mark.pid, signal.SIGKILL)
    server.start()
    assert await stored(server) == "committed"
    assert not any(child.alive() for child in children)


async def test_an_orphaned_server_is_replaced(home: Path, start_postgres: StartPostgres) -> None:
    orphan = start_postgres(home)
    await store(orphan, "kept")
    orphan._home.unlock()
    server = start_postgres(home)
    assert orphan.exited()
    assert await stored(server) == "kept"


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A living process that has nothing to do with PostgreSQL."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


async def test_a_pid_file_whose_number_a_stranger_has_is_stale(
    home: Path, start_postgres: StartPostgres, stranger: subprocess.Popen[bytes]
) -> None:
    server = start_postgres(home)
    await store(server, "kept")
    data = data_of(server, home)
    pid_file = (data / "postmaster.pid").read_text().splitlines()
    halt(server, home)
    assert wait_until(lambda: not cluster.processes_in(data), 10)
    (data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *pid_file[1:]]) + "\n")
    server.start()
    assert await stored(server) == "kept"
    assert stranger.poll() is None


async def test_stale_socket_and_lock_files_are_no_hindrance(home: Path, start_postgres: StartPostgres) -> None:
    server = start_postgres(home)
    halt(server, home)
    assert server.socket_folder is not None
    lock = server.socket_folder / f".s.PGSQL.{server.port}.lock"
    lock.write_text(f"{os.getpid()}\n{server.socket_folder}\n")
    server.start()
    assert await fetch(server.url, "SELECT 1") == 1


async def test_two_homes_run_side_by_side(folder: Path, start_postgres: StartPostgres) -> None:
    one, other = start_postgres(folder / "one"), start_postgres(folder / "other")
    await store(one, "one")
    await store(other, "other")
    assert (await stored(one), await stored(other)) == ("one", "other")


async def test_a_port_that_another_program_took_is_replaced_and_said(
    home: Path, start_postgres: StartPostgres, said: list[str]
) -> None:
    server = start_postgres(home)
    before = server.port
    server.stop()
    with socket.create_server(("127.0.0.1", before)):
        server.start()
        assert server.port != before
        assert str(before) in said[0] and str(server.port) in said[0]
        assert await fetch(server.url, "SELECT 1") == 1


def test_a_requested_port_that_is_taken_is_refused(home: Path, start_postgres: StartPostgres) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EmbeddedError, match=f"Port {port} .* is taken: stop what listens there, or request"):
            start_postgres(home, port=port)


async def test_a_home_that_the_servers_user_cannot_reach_works(
    folder: Path, start_postgres: StartPostgres, said: list[str]
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = start_postgres(closed / "home", fresh=True)
    await store(server, "kept")
    server.stop()
    server.start()
    assert await stored(server) == "kept"
    assert closed.stat().st_mode & 0o777 == 0o700
    outside = Home(closed / "home").recall("place")
    assert (outside is not None and outside in said[0]) if os.geteuid() == 0 else outside is None


async def test_a_home_with_a_long_path_gets_a_short_socket(folder: Path, start_postgres: StartPostgres) -> None:
    server = start_postgres(folder / ("long" * 30))
    assert server.socket_folder is not None
    connection = await asyncpg.connect(
        host=str(server.socket_folder), port=server.port, user="fieldcare", database="fieldcare"
    )
    await connection.close()
    server.stop()
    assert not server.socket_folder.exists()


async def test_a_lost_password_is_replaced(home: Path, start_postgres: StartPostgres) -> None:
    server = start_postgres(home)
    await store(server, "kept")
    lost = server.password
    server.stop()
    (home / "postgres.password").unlink()
    server.start()
    assert server.password != lost
    assert await stored(server) == "kept"


def test_data_of_another_version_is_refused(home: Path, start_postgres: StartPostgres) -> None:
    server = start_postgres(home)
    server.stop()
    (data_of(server, home) / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"is of PostgreSQL 17, and this one is 18: dump it"):
        server.start()


def test_data_of_another_user_is_refused(tmp_path: Path) -> None:
    stranger = Account("stranger", tmp_path.stat().st_uid + 1, 0, switched=False)
    with pytest.raises(EmbeddedError, match="belongs to uid"):
        cluster.check(tmp_path, stranger)


def test_a_folder_that_fieldcare_did_not_make_is_refused_and_kept(home: Path, start_postgres: StartPostgres) -> None:
    (home / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(EmbeddedError, match="was not made by fieldcare"):
        start_postgres(home)
    assert (home / "postgres" / "data").exists()


def test_a_start_that_was_killed_halfway_is_repeated(home: Path, start_postgres: StartPostgres) -> None:
    (home / "postgres" / "data.new-killed").mkdir(parents=True)
    (home / "postgres" / "fieldcare").touch()
    (home / "postgres").chmod(0o711)
    home.chmod(0o711)
    server = start_postgres(home)
    assert not server.exited()
    assert not list((home / "postgres").glob("data.new-*"))


@pytest.mark.parametrize(("user", "sentence"), [("no-such-user", "does not exist"), ("root", "which is root")])
def test_a_server_user_that_can_not_serve_is_refused(monkeypatch: pytest.MonkeyPatch, user: str, sentence: str) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(EmbeddedError, match=f"{sentence}: set FIELDCARE_SERVER_USER"):
        server_account(user)


def test_binaries_that_the_servers_user_cannot_reach_are_copied_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = server_account("nobody")
    package = binaries.postgres_programs(Settings(), account).parents[1]  # itself a copy, where our own is out of reach
    monkeypatch.setattr(binaries, "CACHE", folder)
    programs = binaries._copy_for(account, package)
    made = programs.stat().st_mtime_ns
    assert account.run([programs / "initdb", "--version"], timeout=20).returncode == 0
    assert binaries._copy_for(account, package).stat().st_mtime_ns == made
    assert len(list(folder.iterdir())) == 1


def test_another_user_can_run_a_home_too(folder: Path) -> None:
    # Not root: "another user" is the one that runs the tests, so the promise is checked either way.
    programs = binaries.postgres_programs(Settings(), server_account("nobody"))
    other = folder / "other"
    other.mkdir(mode=0o700)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(other, nobody.pw_uid, nobody.pw_gid)

    def act() -> None:
        home = Home(other / "home")
        home.prepare()
        home.lock()
        server = Postgres(home, Settings(postgres_bin=programs))
        try:
            server.start()
            assert data_of(server, home.path).stat().st_uid == os.geteuid()
        finally:
            server.stop()

    assert as_nobody(act) == 0


def as_nobody(act: Callable[[], None]) -> int:
    """Run `act` in a fork that is user nobody when we are root; its exit code. A fork, since the interpreter itself
    may be where that user can't reach it."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                nobody = pwd.getpwnam("nobody")
                os.setgroups([])
                os.setgid(nobody.pw_gid)
                os.setuid(nobody.pw_uid)
            act()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
