"""Tickets: whether their record is what their facts make of it, and their workflows go on as the record says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.service import RPCError

from models.contracts.reconciliation import Finding
from models.database import Database
from models.sql_functions import SqlFunction
from starter.doctor.examination import WITHIN, Opinion, Patient, Problem, Verdict
from starter.reconciling import compare_newest, look, stored

COMPARED = 300
"""The newest tickets, whose records a doctor compares: some two seconds. `fieldcare audit verify` compares all."""

NAMED = 5
OVERDUE = timedelta(hours=3)
"""Without a run of the hourly reconciliation."""
SKEW = timedelta(minutes=5)
"""How far the clocks of two machines may be apart before a time of one is in the future for the other."""


async def check_record(patient: Patient) -> Opinion:
    """Whether the record of the newest tickets is what their facts make of it."""
    async with _database(patient) as database:
        done = await compare_newest(database, COMPARED)
    if done.blind:
        number, why = done.blind[0]
        sentence = f"{number} and {len(done.blind) - 1:,} more can't be compared: {why}"
        return Opinion(
            "", [Problem(sentence.replace(" and 0 more", ""), "`fieldcare audit verify` looks at the trail")]
        )
    if not done.same:
        first = done.first[0]
        more = f" ({done.changed:,} of the newest {done.tickets:,} tickets were changed)" if done.changed > 1 else ""
        sentence = f"{first.ticket} was changed behind its facts: {first.place}: {first.sentence}{more}"
        remedy = "repair nothing; keep a copy of the database, then `fieldcare audit verify` names every change"
        return Opinion("", [Problem(sentence, remedy)])
    return Opinion(f"as their facts say: the newest {done.tickets:,} tickets (all of them: `fieldcare audit verify`)")


async def check_tickets(patient: Patient) -> Opinion:
    """Whether a workflow goes on for every open ticket, and for no other."""
    if patient.temporal is None:
        return _not_compared()
    async with _database(patient) as database:
        try:
            seen = await look(patient.temporal, database)
        except RPCError:
            return _not_compared()
    problems = _problems(seen.findings)
    if not seen.failing_known:
        sentence = "this Temporal server does not say whose task fails: that shows only when a ticket is compared"
        problems.append(Problem(sentence, "use a server of version 1.30 or newer", Verdict.NOTE))
    if not seen.whole:
        problems.append(Problem("too many to look at all of them", "repair those that are named first", Verdict.NOTE))
    return Opinion(f"a workflow goes on for each of the {seen.open or 0:,} that are open", problems)


async def check_reconciliation(patient: Patient) -> Opinion:
    """Whether the hourly reconciliation runs, and what it found last."""
    async with _database(patient) as database:
        known = await stored(database)
        tickets = await database.rows(SqlFunction.TICKETS_BY_ID, None, 1, False)
    progress, now = known.progress, patient.clock()
    if progress.newest_batch_at is None:
        return Opinion(f"not run yet{'' if tickets else ', and there is no ticket'}")
    problems = [] if patient.temporal is not None else _problems(known.findings)  # else they are told under `tickets`
    ago = now - progress.newest_batch_at
    if ago < -SKEW:
        sentence = f"the last one is said to be at {progress.newest_batch_at:%Y-%m-%d %H:%M} UTC, in the future"
        remedy = (
            "correct the clock that is wrong; if none is, somebody wrote the time: as the owner of the database delete "
            "rows of the future from reconciliation_rounds and reconciliation_findings; what is wrong is found anew"
        )
        problems.append(Problem(sentence, remedy))
    if ago > OVERDUE:
        sentence = f"the last one was at {progress.newest_batch_at:%Y-%m-%d %H:%M} UTC"
        remedy = "look at the schedule fieldcare-reconciliation in the Temporal UI; is a worker running?"
        problems.append(Problem(sentence, remedy))
    since = progress.compared_since
    whole = (
        "the first round is not done"
        if since is None
        else f"every ticket was compared since {since:%Y-%m-%d %H:%M} UTC"
    )
    return Opinion(f"last at {progress.newest_batch_at:%Y-%m-%d %H:%M} UTC; {whole}", problems)


def _not_compared() -> Opinion:
    sentence = "not compared with their workflows: Temporal does not answer"
    return Opinion(sentence, [Problem(sentence, "`fieldcare status`", Verdict.NOTE)])


def _problems(findings: Sequence[Finding]) -> list[Problem]:
    """The first of each kind by name, how many there are, and what to do."""
    problems = []
    for kind in dict.fromkeys(one.kind for one in findings):
        first, *others = [one for one in findings if one.kind is kind]
        also = ", ".join(one.name for one in others[:NAMED])
        more = f" and {len(others) - NAMED:,} more" if len(others) > NAMED else ""
        sentence = f"{first.name}: {first.sentence}" + (f"; the same of {also}{more}" if others else "")
        problems.append(Problem(sentence, first.remedy))
    return problems


@asynccontextmanager
async def _database(patient: Patient) -> AsyncIterator[Database]:
    database = Database(patient.url, pool_size=1, statement_timeout=WITHIN)
    try:
        yield database
    finally:
        await database.aclose()
