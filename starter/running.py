"""What runs, and who serves tickets: the engines and workers of the home, or those that the settings name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from migrations.runner import MigrationError, current
from models.database import DatabaseError, engine_url, place
from models.identity import TICKETS_QUEUE
from models.settings import Settings
from starter import embedded
from starter.addresses import database_url, temporal_address
from starter.calling import TemporalUnavailable
from starter.client import LOCAL_ADDRESS
from starter.embedded import Addresses
from starter.failures import Remedy, RemedyKind, Told
from starter.pollers import pollers_of
from starter.services import CONNECT_WITHIN, connected_client

OVERRIDES = ("FIELDCARE_DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_PROFILE")
"""Settings that make everybody look elsewhere than in the home."""


UNSAID = Told("")


@dataclass(frozen=True, slots=True)
class Service:
    """Something that has to run, and whether it does."""

    name: str
    running: bool
    address: str | None = None
    pid: int | None = None
    detail: Told = UNSAID


@dataclass(frozen=True, slots=True)
class Running:
    """What has to run, and whether it does.

    Attributes:
        addresses: of the home's engines; None where others are meant, or nothing runs.
        elsewhere: the settings name others than the home's.
    """

    services: Sequence[Service]
    addresses: Addresses | None
    elsewhere: bool

    @property
    def all(self) -> bool:
        return all(service.running for service in self.services)


async def what_runs(settings: Settings) -> Running:
    """What runs where the settings look."""
    if overrides():
        return Running(await _configured(settings), None, elsewhere=True)
    return Running(_in_home(settings), embedded.read_addresses(settings.home), elsewhere=False)


def overrides() -> list[str]:
    """The settings that are set and name other engines than the home's."""
    return [name for name in OVERRIDES if os.environ.get(name)]


def _in_home(settings: Settings) -> list[Service]:
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
        detail = Told(f"schema {state.revision}") if state.is_current else Told("", (Remedy(RemedyKind.MIGRATE),))
        services.append(Service("database", state.is_current, where, detail=detail))
    except (DatabaseError, MigrationError) as error:
        services.append(Service("database", running=False, address=where, detail=Told(str(error))))
    address = temporal_address(settings) or os.environ.get("TEMPORAL_ADDRESS") or LOCAL_ADDRESS
    try:
        client = await connected_client(settings, CONNECT_WITHIN)
        pollers = await pollers_of(client, TICKETS_QUEUE)
    except TemporalUnavailable as error:
        services.append(Service("temporal", running=False, address=address, detail=error.told))
        return services
    namespace = Told(f"namespace {client.namespace}")
    services.append(Service("temporal", running=True, address=address, detail=namespace))
    names = sorted({poller.identity for poller in pollers})
    services.append(Service("workers", running=bool(names), detail=Told(", ".join(names) or "none asks for work")))
    return services
