"""What a ticket is sent after its end: its workflow takes nothing any more, so whoever refuses puts it on record."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from models.contracts.base import Command
from models.database import Database, DatabaseUnavailable
from models.sql_functions import SqlFunction

PutOnRecord = Callable[[str, Command, str], Awaitable[None]]
"""Keeps that the ticket of a workflow id refused a command, and why."""

LONGEST_REASON = 2000


async def put_on_record(database: Database, workflow_id: str, command: Command, reason: str) -> None:
    """Keep a refusal in the audit trail, once for each command; nothing is kept of a ticket that has not ended.

    While the database is away nothing is kept either: the refusal stands without it.

    Raises:
        DatabaseRefused: its schema is another one.
    """
    refusal = {
        "command": type(command).__name__,
        "command_id": command.command_id,
        "delivery_id": command.delivery_id,
        "actor": command.actor.model_dump(mode="json"),
        "reason": reason[:LONGEST_REASON],
    }
    try:
        await database.call(SqlFunction.RECORD_LATE_REFUSAL, workflow_id, json.dumps(refusal))
    except DatabaseUnavailable:
        return
