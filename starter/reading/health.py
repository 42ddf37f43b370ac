"""How all tickets are: for programs, and as Prometheus reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from temporalio.service import RPCError

from models.database import DatabaseError
from models.settings import Settings
from starter.failures import Failure, Told
from starter.reconciling import Overview, look
from starter.services import connected, failure_of

WITHIN = 30.0
"""Seconds that looking at all tickets may take; ten thousand open ones take about two."""

NAMED = 20


async def ticket_health(settings: Settings) -> Overview | Told:
    """How tickets are; or why that can't be said now."""
    try:
        async with asyncio.timeout(WITHIN), connected(settings, pool_size=1) as connection:
            return await look(connection.client, connection.database)
    except TimeoutError:
        return Told("an engine did not answer in time.")
    except (DatabaseError, RPCError, Failure) as error:
        failure = failure_of(error)
        return Told(f"{error}.") if failure is None else failure.told


def as_document(seen: Overview | None) -> dict[str, Any] | None:
    """For programs."""
    if seen is None:
        return None
    age = seen.progress.age(datetime.now(UTC))
    return {
        "open": seen.open,
        "counts": seen.counts(),
        "all_looked_at": seen.whole,
        "failing_known": seen.failing_known,
        "findings": [
            {**one.model_dump(mode="json"), "says": one.sentence, "remedy": one.remedy} for one in seen.findings[:NAMED]
        ],
        "reconciled_at": seen.progress.newest_batch_at,
        "compared_since": seen.progress.compared_since,
        "oldest_comparison_seconds": None if age is None else age.total_seconds(),
    }


def as_metrics(seen: Overview | None, *, ready: bool) -> Iterator[str]:
    """The lines of Prometheus' text format. What is not known is left out: a missing value is not a zero."""
    yield from _metric("fieldcare_ready", "Whether everything that has to run does, and answers.", [("", float(ready))])
    yield from _metric(
        "fieldcare_tickets_known", "Whether it could be said how tickets are.", [("", float(seen is not None))]
    )
    if seen is None:
        return
    yield from _metric("fieldcare_tickets_open", "Tickets that are open on record.", [("", float(seen.open or 0))])
    counts = [(f'{{kind="{kind}"}}', float(count)) for kind, count in seen.counts().items()]
    help_ = "Tickets with something wrong, by kind: task_fails can't go on, workflow_gone has nothing that runs."
    yield from _metric("fieldcare_findings", help_, counts)
    if seen.progress.newest_batch_at is not None:
        at = [("", seen.progress.newest_batch_at.timestamp())]
        yield from _metric("fieldcare_reconciled_timestamp_seconds", "When the reconciliation ran last.", at)
    age = seen.progress.age(datetime.now(UTC))
    if age is not None:
        help_ = "The longest that any ticket may have waited to be compared in full."
        yield from _metric("fieldcare_oldest_comparison_seconds", help_, [("", age.total_seconds())])


def _metric(name: str, help_: str, values: list[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP {name} {help_}"
    yield f"# TYPE {name} gauge"
    yield from (f"{name}{labels} {value:.15g}" for labels, value in values)
