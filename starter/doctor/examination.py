"""What a check is given, what it answers, and how all of them are run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import asyncpg
from temporalio.client import Client

from migrations.objects import MigrationError
from migrations.roles import connect
from migrations.runner import DatabaseNewerError
from models.database import DatabaseError, DatabaseOutdated, classified_errors, engine_url, place
from models.database_errors import NO_RIGHT

WITHIN = 60.0
"""Seconds that one statement of a check may take."""

MIGRATE = "fieldcare db migrate"

LIMITS = "SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '5s'"
"""Nobody waits for a doctor."""


class Verdict(StrEnum):
    """`off` needs somebody; `note` is worth knowing."""

    OK = "ok"
    NOTE = "note"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be, and what to do about it."""

    what: str
    remedy: str
    verdict: Verdict = Verdict.OFF


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a check answers: what it saw, and what is wrong with it."""

    seen: str
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's answer under its name; the verdict is that of its worst problem."""

    check: str
    verdict: Verdict
    seen: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Patient:
    """The database under examination.

    Attributes:
        connection: asyncpg's, as the owner, in a transaction that is rolled back.
        url: the same as the owner, for what needs a connection of its own.
        workers_url: the same as workers use it; None where nobody said.
        clock: what we take the time to be.
        temporal: Temporal, where the tickets' workflows are; None where it does not answer or nobody said.
    """

    connection: Any
    url: str
    workers_url: str | None = None
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    temporal: Client | None = None


Check = Callable[[Patient], Awaitable[Opinion]]


async def examine(
    url: str,
    checks: Sequence[tuple[str, Check]],
    *,
    workers_url: str | None = None,
    temporal: Client | None = None,
) -> tuple[Finding, ...]:
    """Run every check on the database at `url`, whatever becomes of the others. Never raises for what it finds."""
    asked = _Asked(url, workers_url, temporal)
    findings = [await _finding(name, check, asked) for name, check in checks[:1]]
    try:
        await (await connect(url)).close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        away = Problem("not examined: the database can't be reached", "see the first line")
        return (*findings, *(_judged(name, Opinion("", [away])) for name, _ in checks[1:]))
    findings += [await _finding(name, check, asked) for name, check in checks[1:]]
    return tuple(findings)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where all checks look."""

    url: str
    workers_url: str | None
    temporal: Client | None


async def _finding(name: str, check: Check, asked: _Asked) -> Finding:
    """One check, on a connection and in a transaction of its own."""
    try:
        async with classified_errors(place(engine_url(asked.url))):
            connection = await connect(asked.url)
            try:
                transaction = connection.transaction()
                await transaction.start()
                await connection.execute(LIMITS)
                patient = Patient(connection, asked.url, asked.workers_url, temporal=asked.temporal)
                return _judged(name, await check(patient))
            finally:
                await connection.close()  # which rolls back
    except DatabaseOutdated as error:
        as_owner = "examine it as its owner: FIELDCARE_ADMIN_DATABASE_URL"
        problem = Problem(f"could not be examined: {error}", as_owner if error.sqlstate == NO_RIGHT else MIGRATE)
    except DatabaseError as error:
        problem = Problem(f"could not be examined: {error}", "repair that, then ask again")
    except DatabaseNewerError as error:
        what, _, remedy = str(error).removesuffix(".").rpartition(": ")
        problem = Problem(what, remedy)
    except MigrationError as error:
        problem = Problem(f"could not be examined: {error}".removesuffix("."), MIGRATE)
    return _judged(name, Opinion("", [problem]))


def _judged(name: str, opinion: Opinion) -> Finding:
    order = list(Verdict)
    worst = max((one.verdict for one in opinion.problems), key=order.index, default=Verdict.OK)
    return Finding(name, worst, opinion.seen, tuple(opinion.problems))
