"""Options that several commands share, each with the same meaning everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.waits import ANSWER_WITHIN

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
HappenedAt = Annotated[
    str | None,
    typer.Option(
        "--happened-at",
        metavar="TIME",
        help="When it was, with its offset: 2026-03-01T09:00+05:30. Default: now. Its template has limits.",
    ),
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="A remark for the record.")]

DEFAULT_WAIT = ANSWER_WITHIN.total_seconds()
