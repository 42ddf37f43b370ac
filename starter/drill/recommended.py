"""Whether what AI recommended stands once, whatever died while it was asked: a visit has one recommendation or none."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_VISITS = text(
    """
    SELECT t.idempotency_key AS key, v.stage_key, v.visit,
        count(DISTINCT r.session_id) FILTER (WHERE r.outcome <> 'superseded') AS current,
        count(*) FILTER (WHERE r.outcome = 'pending' AND v.finished_at IS NOT NULL) AS undecided,
        count(*) FILTER (WHERE r.outcome IN ('selected', 'accepted')) AS chosen
    FROM ai_engineer_recommendations AS r
    JOIN service_tickets AS t ON t.id = r.ticket_id
    JOIN workflow_stage_transitions AS v ON v.id = r.transition_id
    WHERE t.idempotency_key LIKE :prefix
    GROUP BY t.idempotency_key, v.stage_key, v.visit
    """
)
_ANSWERS = text(
    """
    SELECT t.idempotency_key AS key, c.session_id
    FROM ai_calls AS c
    JOIN service_tickets AS t ON t.id = c.ticket_id
    WHERE t.idempotency_key LIKE :prefix
        AND c.outcome = 'answered'
        AND EXISTS (
            SELECT FROM ai_conversations AS m
            WHERE m.session_id = c.session_id AND m.task = 'engineer_recommendation'
        )
        AND NOT EXISTS (SELECT FROM ai_engineer_recommendations AS r WHERE r.session_id = c.session_id)
    """
)


async def recommended_twice(connection: AsyncConnection, prefix: str) -> list[str]:
    """What stands more than once, or is still waited for when its visit is over, of tickets with keys like that."""
    return list(_twice([dict(row) for row in (await connection.execute(_VISITS, {"prefix": prefix})).mappings()]))


def _twice(rows: list[dict[str, object]]) -> Iterator[str]:
    for row in rows:
        visit = f"{row['key']}: visit {row['visit']} of {row['stage_key']}"
        if int(str(row["current"])) > 1:
            yield f"{visit} has {row['current']} recommendations of engineers that count"
        if int(str(row["chosen"])) > 1:
            yield f"{visit} has {row['chosen']} recommended engineers that were chosen"
        if int(str(row["undecided"])) > 0:
            yield f"{visit} is over, and {row['undecided']} recommendations are still pending"


async def recommended_in_vain(connection: AsyncConnection, prefix: str) -> list[str]:
    """Answers that are on record as given, and of which no recommendation is."""
    found = (await connection.execute(_ANSWERS, {"prefix": prefix})).all()
    return [
        f"{row.key}: the recommendation of session {row.session_id} was answered and is not on record" for row in found
    ]
