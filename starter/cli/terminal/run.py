"""How a command of the terminal runs: connected to where the settings say, ending in one clear line when it can't."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn

from pydantic import ValidationError
from rich.console import Console
from temporalio.client import Client
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import RPCError

from models.database import STATEMENT_TIMEOUT, Database, DatabaseOutdated, DatabaseUnavailable
from models.settings import Settings
from starter.cli.terminal.display import cleaned
from starter.client import TemporalUnavailable, connect
from starter.commands import CommandNotConfirmed, CommandRefused, UnknownTicket
from starter.embedded.errors import EmbeddedError
from starter.embedded.stack import Addresses, is_looked_after, read_addresses
from starter.intake import NotConfirmed, ReportRefused
from starter.troubles import in_words

WIDE = 1000
"""Columns where there is no terminal: nothing that goes into a file or a pipe is cut or broken."""


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDE
    return cleaned(Console(stderr=stderr, highlight=False, soft_wrap=True, width=width))


out = _console(stderr=False)
err = _console(stderr=True)

REFUSED, UNAVAILABLE, USAGE = 1, 3, 2
BROKEN_PIPE = 141  # what a program has that SIGPIPE ended, as `fieldcare … | head` expects
CONNECT_WITHIN = 5.0  # seconds of one try; something that is no Temporal server may take a connection and say nothing
PATIENCE = 10.0  # seconds that commands without `--wait` try to connect
LONGEST_ELSEWHERE = 30.0  # seconds to connect to an address that somebody has set, and that may be a wrong one
PAUSE, LEAST_LEFT = 0.3, 1.0  # seconds between two tries, and what is left for a command once it is connected
EXPECTED: dict[type[Exception], int] = {
    CommandRefused: REFUSED,
    UnknownTicket: REFUSED,
    ReportRefused: REFUSED,
    CommandNotConfirmed: UNAVAILABLE,
    NotConfirmed: UNAVAILABLE,
    DatabaseUnavailable: UNAVAILABLE,
    TemporalUnavailable: UNAVAILABLE,
    EmbeddedError: UNAVAILABLE,
}
"""What may go wrong in the world, and the exit code that says so. Anything else is a fault of ours and shows itself."""


DATABASE_REMEDY = ". Check it with `fieldcare status`; FIELDCARE_DATABASE_URL says where it is."


class Failure(Exception):  # noqa: N818
    """A command can't do what it was asked; the sentence is for the person at the terminal."""

    def __init__(self, sentence: str, code: int = REFUSED) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Connection:
    """Both ends of the program."""

    client: Client
    database: Database
    left: timedelta
    """What is left of the time that the command may take."""


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        Failure: one of them can't be used; it is named.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = f"FIELDCARE_{'_'.join(str(part) for part in first['loc']).upper()}"
        raise Failure(f"{name} can't be used: {first['msg']}. Correct it or unset it.", USAGE) from error


def database_url(settings: Settings) -> str:
    """Where the database is, with the rights that tickets need: the setting, or the embedded stack of the home.

    Raises:
        Failure: neither is there.
    """
    configured = _configured_url("FIELDCARE_DATABASE_URL", settings.url)
    return configured if configured is not None else running_addresses(settings).workers_url


def admin_database_url(settings: Settings) -> str:
    """The same as the database's owner, for what changes the schema, the configuration or the rights."""
    name = "FIELDCARE_DATABASE_URL" if settings.admin_database_url is None else "FIELDCARE_ADMIN_DATABASE_URL"
    configured = _configured_url(name, settings.admin_url)
    return configured if configured is not None else running_addresses(settings).database_url


def _configured_url(name: str, read: Callable[[], str | None]) -> str | None:
    try:
        return read()
    except ValidationError as error:
        raise Failure(
            f"{name} is not a PostgreSQL address. It looks like postgresql://user:password@host:5432/name.", USAGE
        ) from error


def running_addresses(settings: Settings) -> Addresses:
    """Where the embedded stack of the home answers.

    Raises:
        Failure: none runs.
    """
    addresses = read_addresses(settings.home)
    if addresses is None:
        raise Failure(_nothing_runs(settings), UNAVAILABLE)
    return addresses


def _nothing_runs(settings: Settings) -> str:
    if is_looked_after(settings.home):
        return (
            f"The stack in {settings.home} is starting: not all of it runs yet. Look with `fieldcare status`, then try "
            "again."
        )
    return (
        f"No stack is running in {settings.home}. Start one with `fieldcare up`, or set FIELDCARE_DATABASE_URL and "
        "TEMPORAL_ADDRESS."
    )


def temporal_address(settings: Settings) -> str | None:
    """The embedded server's address, or None to leave it to Temporal's own environment configuration."""
    if _elsewhere():
        return None
    addresses = read_addresses(settings.home)
    return addresses.temporal_address if addresses is not None else None


@asynccontextmanager
async def connected(settings: Settings, pool_size: int = 2, wait: float = PATIENCE) -> AsyncIterator[Connection]:
    """Both connections; the database's are made when they are first used.

    Args:
        wait: seconds that the command may take; what connecting has not used is left for the rest of it.
    """
    began = time.monotonic()
    await restarted(settings, wait)
    database = Database(database_url(settings), pool_size=pool_size)
    try:
        client = await connected_client(settings, wait - (time.monotonic() - began))
        left = min(wait, max(wait - (time.monotonic() - began), LEAST_LEFT))
        yield Connection(client=client, database=database, left=timedelta(seconds=left))
    finally:
        await database.aclose()


@asynccontextmanager
async def database_only(
    settings: Settings, statement_timeout: float = STATEMENT_TIMEOUT, *, as_owner: bool = False
) -> AsyncIterator[Database]:
    """The database alone, for commands that need no Temporal.

    Args:
        statement_timeout: seconds that one statement may take.
        as_owner: with the rights of its owner, for what changes the configuration.
    """
    url = (admin_database_url if as_owner else database_url)(settings)
    database = Database(url, pool_size=1, statement_timeout=statement_timeout)
    try:
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await database.ping()
        except TimeoutError as error:
            raise DatabaseUnavailable(f"{database} does not answer within {CONNECT_WITHIN:g} s") from error
        yield database
    finally:
        await database.aclose()


async def connected_client(settings: Settings, wait: float = PATIENCE) -> Client:
    """Temporal alone, tried again for as long as may be waited: it may stand still for a moment, or be restarting.

    An address that somebody has set may be a wrong one: where nothing listens there, that is said soon.

    Raises:
        TemporalUnavailable: nothing answers there, or nothing that is Temporal.
    """
    # What the SDK's native part logs of its retries is said by our own errors, in one line.
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=None)), error_if_already_set=False)
    began = time.monotonic()
    wait = max(wait, CONNECT_WITHIN)
    if _elsewhere():
        wait = min(wait, LONGEST_ELSEWHERE)
    while True:
        await restarted(settings, wait - (time.monotonic() - began))
        address = temporal_address(settings)
        if address is None and not _elsewhere() and (settings.database_url is None or is_looked_after(settings.home)):
            # The home's own is meant, and gone: not what somebody else may run at the usual address.
            raise TemporalUnavailable(_nothing_runs(settings))
        # As much for a single try as is left, but for one that begins too late to be a fair one.
        within = min(CONNECT_WITHIN, max(wait - (time.monotonic() - began), LEAST_LEFT))
        try:
            async with asyncio.timeout(within):
                return await connect(address)
        except TimeoutError as error:
            if time.monotonic() - began >= wait - LEAST_LEFT:
                where = address or os.environ.get("TEMPORAL_ADDRESS") or "the address of TEMPORAL_PROFILE"
                raise TemporalUnavailable(
                    f"Temporal does not answer at {where} within {wait:.0f} s. Check with `fieldcare status` what "
                    "runs; TEMPORAL_ADDRESS is the server's host:port."
                ) from error
        except TemporalUnavailable:
            # The home's own server is on its way back as long as its stack is looked after.
            longest = wait if address is not None else min(wait, CONNECT_WITHIN)
            if time.monotonic() - began >= longest - PAUSE:
                raise
            await asyncio.sleep(PAUSE)


async def restarted(settings: Settings, wait: float) -> None:
    """Return when the home's stack runs, if it is that which counts and somebody is starting it; or when it is late."""
    at_home, until = settings.database_url is None or not _elsewhere(), time.monotonic() + wait
    while at_home and time.monotonic() < until:
        if read_addresses(settings.home) is not None or not is_looked_after(settings.home):
            return
        await asyncio.sleep(PAUSE)


def _elsewhere() -> bool:
    """Whether Temporal's own environment configuration says where it is."""
    return bool(os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_PROFILE"))


def run(work: Coroutine[Any, Any, int | None]) -> NoReturn:
    """Run a command to its end and leave the process with its exit code.

    The process ends by `os._exit`: a short program that only used the Temporal client can otherwise abort on its way
    out, after all is done, because of a fault in the SDK's native part.
    """
    run_here(lambda: asyncio.run(_without_noise(work)))


async def _without_noise(work: Coroutine[Any, Any, int | None]) -> int | None:
    """The work, in a loop that does not report the futures that the SDK leaves behind when a call of it ends early."""

    def report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), asyncio.CancelledError | RPCError):
            loop.default_exception_handler(context)

    asyncio.get_running_loop().set_exception_handler(report)
    return await work


def run_here(work: Callable[[], int | None]) -> NoReturn:
    """Like `run()`, for a command that has an event loop of its own, or none."""
    code = _guarded(work)
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError, ValueError):
            stream.flush()
    os._exit(code)


def _guarded(work: Callable[[], int | None]) -> int:
    try:
        code = work() or 0
        sys.stdout.flush()
        return code
    except (BrokenPipeError, SystemExit):  # rich makes the second of the first
        return BROKEN_PIPE
    except Failure as failure:
        err.print(f"fieldcare: {failure}", markup=False)
        return failure.code
    except KeyboardInterrupt:
        err.print("fieldcare: stopped", markup=False)
        return 130
    except RPCError as error:  # one that nobody has put into words yet
        err.print(f"fieldcare: {in_words(error)}", markup=False)
        return UNAVAILABLE
    except tuple(EXPECTED) as error:
        away = isinstance(error, DatabaseUnavailable) and not isinstance(error, DatabaseOutdated)
        err.print(f"fieldcare: {error}{DATABASE_REMEDY if away else ''}", markup=False)
        return next(code for kind, code in EXPECTED.items() if isinstance(error, kind))
