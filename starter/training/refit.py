"""Refit the local engine to verified tickets, and put the new model into force if it is the better one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from activities.ai.local.faults import KnowledgeBase, KnowledgeError, load_knowledge, problem_codes
from activities.ai.local.model import shipped_model
from activities.ai.local.training.training import Trained, Training
from models.database import Database
from models.settings import Settings
from models.sql_functions import SqlFunction
from starter.failures import BadInput
from starter.reading.plain import plain
from starter.services import database_only
from starter.training.models import put_into_force, read_in_force
from starter.training.report import report_of
from starter.training.verified import FEWEST, Split, divide, too_few, verified
from starter.watching import Watch

STATEMENT_TIMEOUT = 120.0
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a training.

    Attributes:
        since: only tickets that were verified then or later.
        minimum: as many tickets at the least.
        dry_run: store nothing.
        who: who is to be on record for it.
    """

    minimum: int
    who: str
    since: datetime = LONG_AGO
    dry_run: bool = False


async def refit(settings: Settings, wish: Wish, watch: Watch) -> dict[str, Any]:
    """Train, compare, store what is better; the report, with `kept` True where the model before stays in force.

    Raises:
        BadInput: too few verified tickets, or they can't be divided.
        Overtaken: another model came into force meanwhile.
    """
    if wish.minimum < FEWEST:
        raise BadInput(f"The minimum must be {FEWEST} or more: fewer tickets can't tell two models apart.")
    knowledge = _knowledge()
    async with database_only(settings, STATEMENT_TIMEOUT, as_owner=not wish.dry_run) as database:
        if not wish.dry_run:
            # Without the right to store a model, say so now and not after minutes: no model has this id.
            await database.call(SqlFunction.PUT_BACK_LOCAL_MODEL, None, wish.who)
        in_force = await read_in_force(database)
        split = await divide(database, wish.since, wish.minimum)
        training = Training(knowledge, problem_codes(), shipped_model(), in_force.model)
        await _teach(database, training, split, watch)
        _check_enough(training, wish.minimum)
        trained = training.ended()
        report = report_of(training, trained, split.held_from, in_force, knowledge.fingerprint)
        version = None
        if trained.verdict.taken and not wish.dry_run:
            model = _as_stored(training, trained, report, knowledge.fingerprint, wish.who)
            version = await put_into_force(database, model, in_force)
    return {**report, "dry_run": wish.dry_run, "kept": not trained.verdict.taken, "version": version}


def _knowledge() -> KnowledgeBase:
    try:
        return load_knowledge()
    except KnowledgeError as error:
        raise BadInput(f"The fault knowledge base can't be used: {error}.") from error


async def _teach(database: Database, training: Training, split: Split, watch: Watch) -> None:
    parts: tuple[tuple[str, datetime, datetime, bool, Callable[[Mapping[str, Any]], None]], ...] = (
        ("Counting", split.since, split.tune_from, False, training.count),
        ("Tuning", split.tune_from, split.held_from, True, training.tune),
        ("Judging", split.held_from, split.until, True, training.judge),
    )
    done = 0
    for name, since, until, whole, learn in parts:
        async for row in verified(database, since, until, whole=whole):
            learn(row)
            done += 1
            watch(name, done, split.tickets)


def _check_enough(training: Training, minimum: int) -> None:
    """Refuses where too much was left out.

    Raises:
        BadInput: less than the minimum is left, or nothing to tune to or judge by.
    """
    if training.usable >= minimum and training.tuned and training.judged:
        return
    raise too_few(training.usable, minimum, training.left_out.count)


def _as_stored(
    training: Training, trained: Trained, report: Mapping[str, Any], knowledge_hash: str, who: str
) -> dict[str, Any]:
    """What `put_local_model()` takes."""
    return {
        "trained_at": datetime.now(UTC).isoformat(),
        "trained_by_code": who,
        "cases": training.counted + training.tuned,
        "knowledge_hash": knowledge_hash,
        "parameters": trained.model.model_dump(mode="json"),
        "report": plain(report),
    }
