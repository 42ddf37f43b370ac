"""What `fieldcare ai train` does: reads verified tickets, refits the local engine, puts the better model into force."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from activities.ai.local.faults import KnowledgeBase, KnowledgeError, load_knowledge, problem_codes
from activities.ai.local.model import LocalModel, shipped_model
from activities.ai.local.training.training import Trained, Training
from models.database import Database
from models.sql_functions import SqlFunction
from starter.addresses import read_settings
from starter.cli.ai.show_training import report_of, show_training
from starter.cli.terminal.display import print_json
from starter.cli.terminal.parsing import day_or_instant
from starter.cli.terminal.run import err
from starter.failures import BadInput, Failure, Refused
from starter.reading.plain import json_value, plain
from starter.services import database_only

FEWEST = 50
"""Tickets below which a fifth of them says nothing, whatever --minimum asks for."""

MOST_HELD_BACK = 3_000
"""Tickets to judge by, and as many to tune to: more would change no verdict, and cost a search for precedents each."""

LIGHT_PAGE, WHOLE_PAGE = 1_000, 50
"""Tickets of one question to the database: without their cases, and with them."""

STATEMENT_TIMEOUT = 120.0
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What was typed."""

    since: str | None
    minimum: int
    dry_run: bool
    by: str
    as_json: bool


@dataclass(frozen=True, slots=True)
class InForce:
    """The model that workers use; `id` and `version` are None for the shipped one."""

    model: LocalModel
    id: UUID | None = None
    version: int | None = None
    knowledge_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of the verified tickets, by the moments at which they begin."""

    tickets: int
    since: datetime
    tune_from: datetime
    held_from: datetime
    until: datetime


async def train(options: TrainOptions) -> int:
    """Train, compare, store what is better, print; returns the exit code."""
    since = day_or_instant(options.since, "--since") if options.since else LONG_AGO
    if options.minimum < FEWEST:
        raise BadInput(f"--minimum must be {FEWEST} or more: fewer tickets can't tell two models apart.")
    knowledge = _knowledge()
    async with database_only(read_settings(), STATEMENT_TIMEOUT, as_owner=not options.dry_run) as database:
        if not options.dry_run:
            # Without the right to store a model, say so now and not after minutes: no model has this id.
            await database.call(SqlFunction.PUT_BACK_LOCAL_MODEL, None, options.by)
        in_force = await read_in_force(database)
        split = await _split(database, since, options.minimum)
        training = Training(knowledge, problem_codes(), shipped_model(), in_force.model)
        await _teach(database, training, split)
        _check_enough(training, options.minimum)
        trained = training.ended()
        report = report_of(training, trained, split.held_from, in_force, knowledge.fingerprint)
        version = None
        if trained.verdict.taken and not options.dry_run:
            model = _as_stored(training, trained, report, knowledge.fingerprint, options.by)
            version = await put_into_force(database, model, in_force)
    document = {**report, "dry_run": options.dry_run, "kept": not trained.verdict.taken, "version": version}
    if options.as_json:
        print_json(document)
    else:
        show_training(document)
    return 0


async def read_in_force(database: Database) -> InForce:
    """The model that workers use now. One that this version can't read is the shipped one to them, and so here."""
    found = json_value(await database.call(SqlFunction.LOCAL_MODEL_IN_FORCE))
    if found is None:
        return InForce(shipped_model())
    try:
        model = LocalModel.model_validate(found["parameters"])
    except ValidationError:
        model = shipped_model()
    return InForce(model, UUID(found["id"]), found["version"], found["knowledge_hash"])


def _knowledge() -> KnowledgeBase:
    try:
        return load_knowledge()
    except KnowledgeError as error:
        raise BadInput(f"The fault knowledge base can't be used: {error}.") from error


async def _split(database: Database, since: datetime, minimum: int) -> Split:
    [row] = await database.rows(SqlFunction.VERIFIED_SPLIT, since, MOST_HELD_BACK)
    tickets = row["tickets"]
    if tickets < minimum:
        raise _too_few(tickets, minimum)
    if not row["first"] < row["tune_from"] < row["held_from"]:
        raise BadInput(
            f"The {tickets:,} verified tickets can't be divided in time: too many of them were verified at one moment "
            f"({row['held_from'].astimezone(UTC):%Y-%m-%d %H:%M} UTC). Train again when more have been signed off, or "
            "leave an import out with --since.",
        )
    return Split(tickets, since, row["tune_from"], row["held_from"], row["last"] + timedelta(microseconds=1))


async def _teach(database: Database, training: Training, split: Split) -> None:
    parts: tuple[tuple[str, datetime, datetime, bool, Callable[[Mapping[str, Any]], None]], ...] = (
        ("Counting", split.since, split.tune_from, False, training.count),
        ("Tuning", split.tune_from, split.held_from, True, training.tune),
        ("Judging", split.held_from, split.until, True, training.judge),
    )
    with _bar() as bar:
        task = bar.add_task("", total=split.tickets)
        for name, since, until, whole, learn in parts:
            bar.update(task, description=name)
            async for row in _verified(database, since, until, whole=whole):
                learn(row)
                bar.advance(task)


def _bar() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


async def _verified(
    database: Database, since: datetime, until: datetime, *, whole: bool
) -> AsyncIterator[Mapping[str, Any]]:
    """Verified tickets in the order of verifying, a page at a time."""
    last: tuple[datetime | None, UUID | None] = (None, None)
    size = WHOLE_PAGE if whole else LIGHT_PAGE
    while True:
        rows = await database.rows(SqlFunction.VERIFIED_TICKETS, since, until, *last, size, whole)
        for row in rows:
            yield {**row, "whole_case": json_value(row["whole_case"])} if whole else row
        if len(rows) < size:
            return
        last = (rows[-1]["verified_at"], rows[-1]["ticket_id"])


def _check_enough(training: Training, minimum: int) -> None:
    """Refuses where too much was left out.

    Raises:
        Failure: less than the minimum is left, or nothing to tune to or judge by.
    """
    if training.usable >= minimum and training.tuned and training.judged:
        return
    raise _too_few(training.usable, minimum, training.left_out.count)


def _too_few(found: int, minimum: int, left_out: int = 0) -> Failure:
    beside = f" ({left_out:,} more can't be used: their code, type or cause is unknown here)" if left_out else ""
    return BadInput(
        f"There are {found:,} verified tickets{beside}, and training needs {minimum:,}: at sign-off, have the cause "
        "and the problem code confirmed, and train again later. --minimum lowers the bar "
        f"(to {FEWEST} at the least), --since must not be too late.",
    )


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


async def put_into_force(database: Database, model: Mapping[str, Any], in_force: InForce) -> int:
    """Put a model into force in place of the one that it was compared with; returns its version.

    It is one statement: what is interrupted has stored nothing.

    Raises:
        Failure: another one is in force by now.
    """
    version: int | None = await database.call(SqlFunction.PUT_LOCAL_MODEL, json.dumps(model), in_force.id)
    if version is None:
        raise Refused(
            "Another training, or a way back, came first: the model in force is not the one that the new one was "
            "compared with. Nothing was stored; run it again."
        )
    return version
