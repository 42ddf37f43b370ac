"""What runs in a home, as its supervisor has written it down: where its engines answer, which processes they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from starter.embedded.processes import ProcessMark


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the engines of a running home answer, and which processes they are. The URLs hold passwords."""

    database_url: str = field(repr=False)
    """As the owner of the database."""
    temporal_address: str
    temporal_ui: str
    postgres_pid: int
    temporal_pid: int
    socket_folder: Path
    """For `psql -h`: the system vouches for root and for the server's user there, no password needed."""
    application_url: str = field(default="", repr=False)
    """As the role that workers and commands use. Empty in the record of a version before there was one."""
    reporting_url: str = field(default="", repr=False)
    server: str = ""
    """Of the API. Empty where it is not started."""

    @property
    def workers_url(self) -> str:
        """The database for workers and for everything that is not about the schema."""
        return self.application_url or self.database_url


@dataclass(frozen=True, slots=True)
class Record:
    """`stack.json`: what runs in a home. Whoever finds it can end everything, whether or not its writer still lives."""

    ready: bool = False
    addresses: Addresses | None = None
    processes: tuple[ProcessMark, ...] = ()

    @classmethod
    def read(cls, home: Path) -> Record | None:
        """The record of a home; None when there is none, or none that can be read."""
        try:
            return _RECORDS.validate_json((home.absolute() / "stack.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def written(self) -> str:
        """As it stands in the file."""
        return _RECORDS.dump_json(self, indent=1).decode()


_RECORDS = TypeAdapter(Record)


def read_addresses(home: Path) -> Addresses | None:
    """Where the engines of `home` answer; None unless both of their processes live."""
    record = Record.read(home)
    if record is None or record.addresses is None:
        return None
    alive = {mark.pid for mark in record.processes if mark.alive()}
    return record.addresses if {record.addresses.postgres_pid, record.addresses.temporal_pid} <= alive else None


def is_looked_after(home: Path) -> bool:
    """Whether somebody keeps the engines of `home` running, or is just starting them."""
    record = Record.read(home)
    return record is not None and any(mark.name == "supervisor" and mark.alive() for mark in record.processes)
