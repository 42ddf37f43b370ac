"""Starting, stopping and looking at what serves tickets."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import text
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from migrations.runner import MigrationError, current, migrate, seed
from migrations.seeding import SeedError
from models.database import Database, DatabaseError, engine_url, place
from models.identity import TICKETS_QUEUE
from models.settings import Settings
from starter import embedded
from starter.addresses import database_url, read_settings, temporal_address
from starter.calling import once
from starter.cli.stack import show_health as ticket_health
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.failing import REFUSED, in_terminal_words
from starter.cli.terminal.run import err, out
from starter.client import (
    LOCAL_ADDRESS,
    TemporalUnavailable,
    connect,
    register_schedules,
    register_search_attributes,
)
from starter.embedded import Addresses, EmbeddedError
from starter.failures import Unavailable
from starter.retention import keep_closed_tickets
from starter.services import CONNECT_WITHIN, connected_client

OVERRIDES = ("FIELDCARE_DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_PROFILE")
"""Settings that make the other commands look elsewhere than in the home."""

_STARTING_PATIENCE = 300.0  # seconds for another `up` to finish


@dataclass(frozen=True, slots=True)
class Service:
    """Something that has to run, and whether it does."""

    name: str
    running: bool
    address: str | None = None
    pid: int | None = None
    detail: str = ""


def up_here(workers: int | None) -> None:
    """Run the stack in this process until it is told to stop."""
    settings = _settings(workers)
    _warn_of_overrides()

    def prepare(addresses: Addresses) -> None:
        asyncio.run(_prepare(addresses))
        _tell(addresses)

    try:
        embedded.run_supervisor(
            settings.home, settings, before_workers=prepare, say=lambda sentence: err.print(sentence, markup=False)
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
    _warn_of_overrides()
    running = sum(process.name.startswith("worker") for process in embedded.status(settings.home).processes)
    if not started and workers is not None and running != workers:
        show(err, f"It runs with {running} worker processes; `fieldcare down` first to change that.")


def down() -> None:
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
    elsewhere = any(os.environ.get(name) for name in OVERRIDES)
    services = await (_configured(settings) if elsewhere else _in_home(settings))
    running = all(service.running for service in services)
    addresses = None if elsewhere else embedded.read_addresses(settings.home)
    seen = await ticket_health.ticket_health(settings) if running else None
    tickets, unknown = (None, seen) if isinstance(seen, str) else (seen, None)
    ready = tickets is not None  # a process may run and yet not answer, or not let us in
    well = tickets is not None and (engines or not tickets.findings)
    code = 0 if well else REFUSED
    if metrics:
        out.print("\n".join(ticket_health.as_metrics(tickets, ready=ready)), markup=False)
        return code
    if as_json:
        print_json(
            {
                "ready": ready,
                "home": None if elsewhere else settings.home.absolute(),
                "temporal_ui": addresses.temporal_ui if addresses else None,
                "services": services,
                "tickets": ticket_health.as_json(tickets),
                "tickets_unknown": unknown,
            }
        )
        return code
    rows = [(one.name, "up" if one.running else "down", one.pid, one.address, one.detail) for one in services]
    show(out, Listing(("Service", "State", "Pid", "Address", ""), rows))
    if addresses is not None:
        show(out, f"Temporal UI: {addresses.temporal_ui}")
    if tickets is not None:
        ticket_health.tell(tickets)
    if unknown is not None:
        show(err, f"How tickets are can't be said now: {unknown}.")
    if not running:
        remedy = (
            "Check the settings above." if elsewhere else f"Nothing or not all runs in {settings.home}: `fieldcare up`."
        )
        show(err, remedy)
    return code


def become_worker() -> NoReturn:
    """Turn this process into a worker: signals and the exit code are then its own."""
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
    os.execve(sys.executable, [sys.executable, "-m", "worker"], environment)  # noqa: S606  # no shell in it


# -- inside ----------------------------------------------------------------------------------------------------------


def _settings(workers: int | None) -> Settings:
    settings = read_settings()
    return settings if workers is None else settings.model_copy(update={"worker_processes": workers})


async def _prepare(addresses: Addresses) -> None:
    """Migrate and seed: the sample data only at the very first start, reference data of a new version at any.

    What operators have changed stays as it is.
    """
    await migrate(addresses.database_url)
    database = Database(addresses.database_url, pool_size=1)
    try:
        async with database.session() as session:
            connection = await session.connection()
            seeded = await connection.scalar(text("SELECT EXISTS (SELECT FROM workflow_templates)"))
    finally:
        await database.aclose()
    await seed(addresses.database_url, sample=not seeded)
    # The worker does this too, but a report may come before it is up.
    client = await connect(addresses.temporal_address)
    await register_search_attributes(client)
    await register_schedules(client)
    await keep_closed_tickets(client)


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
                f"The stack in {settings.home} has been starting for {_STARTING_PATIENCE:.0f} s. Stop it with "
                "`fieldcare down`, and look into its logs."
            )
        time.sleep(0.2)


def _addresses(addresses: Addresses) -> dict[str, str]:
    return {
        "temporal_ui": addresses.temporal_ui,
        "temporal_address": addresses.temporal_address,
        "database": place(engine_url(addresses.database_url)),
    }


def _tell(addresses: Addresses) -> None:
    rows = (
        ("Temporal UI", addresses.temporal_ui),
        ("Temporal", addresses.temporal_address),
        ("Database", f"{place(engine_url(addresses.database_url))}   (with its password: fieldcare db url)"),
    )
    show(out, *(f"  {name:<12} {value}" for name, value in rows))


def _warn_of_overrides() -> None:
    """A stack of the home is of no use to commands that are told to look elsewhere."""
    names = [name for name in OVERRIDES if os.environ.get(name)]
    if names:
        show(err, f"Note: {' and '.join(names)} is set, so the other commands use that and not this stack.")


async def _in_home(settings: Settings) -> list[Service]:
    found = embedded.status(settings.home)
    services = [Service(one.name, one.running, one.address, one.pid) for one in found.processes]
    if not any(service.name.startswith("worker") for service in services):
        services.append(Service("worker-1", running=False))
    return services


async def _configured(settings: Settings) -> list[Service]:
    """Engines that somebody else runs: whether they answer, and whether any worker asks for work."""
    services = []
    url = database_url(settings)
    where = place(engine_url(url))
    try:
        state = await current(url)
        detail = f"schema {state.revision}" if state.is_current else "needs `fieldcare db migrate`"
        services.append(Service("database", state.is_current, where, detail=detail))
    except (DatabaseError, MigrationError) as error:
        services.append(Service("database", running=False, address=where, detail=str(error)))
    address = temporal_address(settings) or os.environ.get("TEMPORAL_ADDRESS") or LOCAL_ADDRESS
    try:
        client = await connected_client(settings, CONNECT_WITHIN)
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=TICKETS_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        answer = await once(client.workflow_service.describe_task_queue(request))
    except TemporalUnavailable as error:
        services.append(Service("temporal", running=False, address=address, detail=in_terminal_words(error)))
        return services
    services.append(Service("temporal", running=True, address=address, detail=f"namespace {client.namespace}"))
    names = sorted({poller.identity for poller in answer.pollers})
    services.append(Service("workers", running=bool(names), detail=", ".join(names) or "none asks for work"))
    return services
