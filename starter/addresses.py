"""Where the engines are: as the settings say, else those of the home."""

from __future__ import annotations

import os
from collections.abc import Callable

from pydantic import ValidationError

from models.settings import Settings
from starter.embedded.record import Addresses, is_looked_after, read_addresses
from starter.failures import BadSetting, Remedy, RemedyKind, Told, Unavailable


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        BadSetting: one of them can't be used; it is named.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = f"FIELDCARE_{'_'.join(str(part) for part in first['loc']).upper()}"
        said = first["msg"].removeprefix("Value error, ")
        raise BadSetting(f"{name} can't be used: {said}. Correct it or unset it.") from error


def database_url(settings: Settings) -> str:
    """Where the database is, with the rights that tickets need: the setting, or the embedded stack of the home.

    Raises:
        BadSetting: it is no address.
        Unavailable: neither is there.
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
        raise BadSetting(
            f"{name} is not a PostgreSQL address. It looks like postgresql://user:password@host:5432/name."
        ) from error


def running_addresses(settings: Settings) -> Addresses:
    """Where the embedded stack of the home answers.

    Raises:
        Unavailable: none runs.
    """
    addresses = read_addresses(settings.home)
    if addresses is None:
        told = nothing_runs(settings)
        raise Unavailable.of(told)
    return addresses


def nothing_runs(settings: Settings) -> Told:
    """That the home has no stack that answers."""
    if is_looked_after(settings.home):
        return Told(
            f"The stack in {settings.home} is starting: not all of it runs yet.", (Remedy(RemedyKind.LOOK_AROUND),)
        )
    return Told(f"No stack is running in {settings.home}.", (Remedy(RemedyKind.START_STACK),))


def temporal_address(settings: Settings) -> str | None:
    """The embedded server's address, or None to leave it to Temporal's own environment configuration."""
    if is_elsewhere():
        return None
    addresses = read_addresses(settings.home)
    return addresses.temporal_address if addresses is not None else None


def is_elsewhere() -> bool:
    """Whether Temporal's own environment configuration says where it is."""
    return bool(os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_PROFILE"))
