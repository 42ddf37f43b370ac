"""Starting, stopping and looking at what serves tickets."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NoReturn

from migrations.runner import MigrationError
from migrations.seeding import SeedError
from models.database import DatabaseError, engine_url, place
from models.settings import Settings
from starter import embedded, preparing
from starter.addresses import database_url, read_settings, temporal_address
from starter.cli.stack.show import tell_health
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.failing import in_terminal_words
from starter.cli.terminal.run import NOT_WELL, err, out
from starter.cli.user.do import tell_of_first_administrator
from starter.embedded import Addresses, EmbeddedError
from starter.failures import Remedy, RemedyKind, Told, Unavailable
from starter.reading import health
from starter.running import overrides, what_runs

SERVER_COMMAND = (sys.executable, "-m", "starter.serving")
_STARTING_PATIENCE = 300.0  # seconds for another `up` to finish


def up_here(workers: int | None) -> None:
    """Run the stack in this process until it is told to stop."""
    settings = _settings(workers)
    _warn_of_overrides()

    def prepare(addresses: Addresses) -> None:
        asyncio.run(preparing.make_ready(addresses))
        _tell(addresses)
        if out.is_terminal:  # else it goes into the log of whoever started this, who tells it
            asyncio.run(tell_of_first_administrator(addresses.database_url, as_json=False))

    try:
        embedded.run_supervisor(
            settings.home,
            settings,
            before_workers=prepare,
            server_command=SERVER_COMMAND if settings.serve else (),
            say=lambda sentence: err.print(sentence, markup=False),
        )
    except (MigrationError, SeedError, DatabaseError) as error:
        raise Unavailable(str(error)) from error


def up_detached(workers: int | None, as_json: bool) -> None:
    """Start the stack in the background, or find that it runs."""
    settings = _settings(workers)
    found = _running_or_starting(settings)
    started = found is None
    if found is None:
        environment = {
            **os.environ,
            "FIELDCARE_HOME": str(settings.home.absolute()),
            "FIELDCARE_WORKER_PROCESSES": str(settings.worker_processes),
        }
        command = [sys.executable, "-m", "starter.cli", "up", "--foreground"]
        with err.status(f"Starting PostgreSQL and Temporal in {settings.home} …"):
            found = embedded.start_detached(settings.home, command, environment=environment)
    if as_json:
        print_json({"started": started, "home": settings.home.absolute(), **_addresses(found)})
    else:
        show(out, f"{'Started' if started else 'Already up'} in {settings.home}.")
        _tell(found)
    if started:
        asyncio.run(tell_of_first_administrator(found.database_url, as_json=as_json))
    _warn_of_overrides()
    running = sum(process.name.startswith("worker") for process in embedded.status(settings.home).processes)
    if not started and workers is not None and running != workers:
        show(err, f"It runs with {running} worker processes; `fieldcare down` first to change that.")


def stop() -> None:
    """Stop the stack of the home."""
    home = read_settings().home
    with err.status(f"Stopping what runs in {home} …"):
        ran = embedded.stop(home)
    show(out, f"Stopped. {home} keeps its data." if ran else f"Nothing was running in {home}.")


async def status(as_json: bool, metrics: bool = False, engines: bool = False) -> int:
    """Print what runs and how tickets are, and return the exit code that says whether that is all and well.

    Args:
        engines: the exit code goes by what runs and answers alone.
    """
    settings = read_settings()
    found = await what_runs(settings)
    seen = await health.ticket_health(settings) if found.all else None
    tickets, unknown = (None, in_terminal_words(seen).rstrip(".")) if isinstance(seen, Told) else (seen, None)
    ready = tickets is not None  # a process may run and yet not answer, or not let us in
    well = tickets is not None and (engines or not tickets.findings)
    code = 0 if well else NOT_WELL
    if metrics:
        out.print("\n".join(health.as_metrics(tickets, ready=ready)), markup=False)
        return code
    if as_json:
        print_json(
            {
                "ready": ready,
                "home": None if found.elsewhere else settings.home.absolute(),
                "temporal_ui": found.addresses.temporal_ui if found.addresses else None,
                "services": [
                    {
                        "name": one.name,
                        "running": one.running,
                        "address": one.address,
                        "pid": one.pid,
                        "detail": in_terminal_words(one.detail),
                    }
                    for one in found.services
                ],
                "tickets": health.as_document(tickets),
                "tickets_unknown": unknown,
            }
        )
        return code
    rows = [
        (one.name, "up" if one.running else "down", one.pid, one.address, in_terminal_words(one.detail))
        for one in found.services
    ]
    show(out, Listing(("Service", "State", "Pid", "Address", ""), rows))
    if found.addresses is not None:
        show(out, f"Temporal UI: {found.addresses.temporal_ui}")
    if tickets is not None:
        tell_health(tickets)
    if unknown is not None:
        show(err, f"How tickets are can't be said now: {unknown}.")
    if not found.all:
        missing = f"Nothing or not all runs in {settings.home}: `fieldcare up`."
        show(err, "Check the settings above." if found.elsewhere else missing)
    return code


def become_worker() -> NoReturn:
    """Turn this process into a worker: signals and the exit code are then its own."""
    _become((sys.executable, "-m", "worker"))


def become_server(port: int | None) -> NoReturn:
    """Turn this process into a server of the API."""
    _become(SERVER_COMMAND, {} if port is None else {"FIELDCARE_API_PORT": str(port)})


# -- inside ----------------------------------------------------------------------------------------------------------


def _become(command: Sequence[str], more: Mapping[str, str] = MappingProxyType({})) -> NoReturn:
    """Turn this process into another program, for the configured engines or those of the home."""
    settings = read_settings()
    url, addresses = database_url(settings), embedded.read_addresses(settings.home)
    if addresses is not None and settings.database_url is None and temporal_address(settings) is not None:
        environment = embedded.worker_environment(settings.home, addresses)
    else:
        inherited = {name: value for name, value in os.environ.items() if name not in embedded.NOT_FOR_WORKERS}
        environment = {**inherited, "FIELDCARE_DATABASE_URL": url}
        if (address := temporal_address(settings)) is not None:
            environment["TEMPORAL_ADDRESS"] = address
    sys.stdout.flush()
    os.execve(sys.executable, [*command], {**environment, **more})  # noqa: S606  # no shell in it


def _settings(workers: int | None) -> Settings:
    settings = read_settings()
    return settings if workers is None else settings.model_copy(update={"worker_processes": workers})


def _running_or_starting(settings: Settings) -> Addresses | None:
    """The addresses of a stack that runs in the home; one that is just starting is waited for."""
    deadline = time.monotonic() + _STARTING_PATIENCE
    while True:
        found = embedded.status(settings.home)
        if found.ready and found.addresses is not None:
            return found.addresses
        supervised = any(process.name == "supervisor" and process.running for process in found.processes)
        if not supervised:
            return None
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"The stack in {settings.home} has been starting for {_STARTING_PATIENCE:.0f} s. Look into its logs.",
                Remedy(RemedyKind.STOP_STACK),
            )
        time.sleep(0.2)


def _addresses(addresses: Addresses) -> dict[str, str]:
    return {
        "server": addresses.server,
        "temporal_ui": addresses.temporal_ui,
        "temporal_address": addresses.temporal_address,
        "database": place(engine_url(addresses.database_url)),
    }


def _tell(addresses: Addresses) -> None:
    rows = (
        *([("Pages", addresses.server), ("API", f"{addresses.server}/api/v1")] if addresses.server else []),
        ("Temporal UI", addresses.temporal_ui),
        ("Temporal", addresses.temporal_address),
        ("Database", f"{place(engine_url(addresses.database_url))}   (with its password: fieldcare db url)"),
    )
    show(out, *(f"  {name:<12} {value}" for name, value in rows))


def _warn_of_overrides() -> None:
    """A stack of the home is of no use to commands that are told to look elsewhere."""
    if names := overrides():
        show(err, f"Note: {' and '.join(names)} is set, so the other commands use that and not this stack.")
