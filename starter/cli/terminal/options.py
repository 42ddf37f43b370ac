"""Options that several commands share, each with the same meaning everywhere."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from models.vocabulary import Role

Reference = Annotated[str, typer.Argument(metavar="REF", help="Ticket number, idempotency key or workflow id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON: stable keys, times in UTC, durations in seconds.")]
By = Annotated[str | None, typer.Option("--by", metavar="CODE", help="Who does it. Default: your login name.")]
Wait = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", min=0.1, max=3600, help="How long to wait for the answer.")
]
CommandIdOption = Annotated[
    str | None,
    typer.Option("--command-id", metavar="ID", help="Sent again with the same id, a command is applied once."),
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="A remark for the record.")]

DEFAULT_WAIT = 60.0


class ActingRole(StrEnum):
    """In which capacity a person may act: every role but the system's own."""

    HOSPITAL = "hospital"
    COORDINATOR = "coordinator"
    ENGINEER = "engineer"
    MANUFACTURER = "manufacturer"
    OPERATOR = "operator"

    @property
    def role(self) -> Role:
        return Role(self.value)


class UrlRole(StrEnum):
    """As whom one may connect to the database."""

    OWNER = "owner"
    APPLICATION = "application"
    REPORTING = "reporting"


class Deciding(StrEnum):
    """What a person may decide on a diagnosis of AI."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REFUSED = "refused"


class Proved(StrEnum):
    """What the work proved a diagnosis of AI to be."""

    RIGHT = "right"
    WRONG = "wrong"


class AssigningRole(StrEnum):
    COORDINATOR = "coordinator"
    ENGINEER = "engineer"


class CompletingRole(StrEnum):
    ENGINEER = "engineer"
    MANUFACTURER = "manufacturer"
    COORDINATOR = "coordinator"
