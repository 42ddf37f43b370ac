"""Whose work the current stages of tickets are, by the templates that they go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import text

from models.database import Database
from models.vocabulary.stages import Performer

_PERFORMERS = text(
    "SELECT i.workflow_id, s.stage ->> 'performer' AS performer "
    "FROM ticket_workflow_instances AS i "
    "CROSS JOIN LATERAL jsonb_array_elements(i.template_snapshot -> 'stages') AS s (stage) "
    "WHERE i.workflow_id = ANY (:workflow_ids) AND s.stage ->> 'key' = ANY (i.current_stages)"
)


async def performers_of(database: Database, workflow_ids: Iterable[str]) -> Mapping[str, frozenset[Performer]]:
    """By the workflow id, whose work what is in progress is. It tells nothing else of a ticket."""
    async with database.session() as session:
        connection = await session.connection()
        rows = (await connection.execute(_PERFORMERS, {"workflow_ids": list(workflow_ids)})).all()
    found: dict[str, set[Performer]] = {}
    for workflow_id, performer in rows:
        found.setdefault(workflow_id, set()).add(Performer(performer or Performer.ENGINEER))
    return {workflow_id: frozenset(one) for workflow_id, one in found.items()}
