"""Whose work the current stages of tickets are, by the templates that they go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models.access import Action
from models.database_calls import Calls
from models.sql_functions import SqlFunction
from models.vocabulary.stages import Performer
from starter.accounts.gate import scope_in


async def performers_of(database: Calls, workflow_ids: Iterable[str]) -> Mapping[str, frozenset[Performer]]:
    """By the workflow id, whose work what is in progress is. It tells nothing else of a ticket."""
    scope = scope_in(database, Action.LIST)
    rows = await database.rows(SqlFunction.PERFORMERS_OF_TICKETS, list(workflow_ids), scope)
    found: dict[str, set[Performer]] = {}
    for row in rows:
        found.setdefault(row["workflow_id"], set()).add(Performer(row["performer"]))
    return {workflow_id: frozenset(one) for workflow_id, one in found.items()}
