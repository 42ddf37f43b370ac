"""What there is to bring back of a ticket, found out without changing anything; or why nothing is or can be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from temporalio.client import Client

from models.database import Database
from models.records import TicketRecord, UnreadableRecord
from models.sql_functions import SqlFunction
from starter.rescuing.history import LastWords, last_words
from starter.rescuing.outcome import Outcome, Verdict
from starter.rescuing.proof import differences
from starter.rescuing.record import NotRescuable, Record, read_record
from starter.rescuing.revival import Registry, Revival, revive
from starter.rescuing.runs import Run, RunState, answers, history_of, look

_LAST_FACT = text("SELECT last_sequence FROM service_tickets WHERE workflow_id = :workflow_id")


@dataclass(frozen=True, slots=True)
class Plan:
    """A ticket that can be brought back.

    Attributes:
        differences: in what its facts and its rows contradict each other.
        gap: how far the lost run's facts went beyond those that are left; 0 where none is missing.
    """

    record: Record
    run: Run
    revival: Revival
    differences: tuple[str, ...]
    gap: int

    @property
    def unproved(self) -> tuple[str, ...]:
        """What speaks against it, for the record where somebody goes on anyway."""
        lost = f"facts {self.revival.told_until + 1} to {self.gap} of the lost run are not there"
        return (*self.differences, lost) if self.gap else self.differences


class Planner:
    def __init__(self, client: Client, database: Database, answer_within: timedelta, registry: Registry) -> None:
        self._client = client
        self._database = database
        self._answer_within = answer_within
        self._registry = registry

    async def plan(self, reference: str, anyway: bool) -> Plan | Outcome | None:
        """The plan, or the end of it where nothing is to be done or may be. None: the record has no such ticket.

        Args:
            anyway: see `Rescue.rescue()`.
        """
        found = await self._database.rows(SqlFunction.FIND_TICKET_WORKFLOW, reference)
        if not found:
            return None
        number, workflow_id = found[0]["number"], found[0]["workflow_id"]
        run = await look(self._client, workflow_id, self._answer_within)
        if run.state is RunState.ANSWERS:
            run = await self._compared(workflow_id, run)
        if run.state is RunState.ANSWERS:
            sentence = f"Ticket {number} is not stuck: its workflow answers."
            return Outcome(number, workflow_id, Verdict.HEALTHY, run.found, sentence)
        if run.state is RunState.SILENT and not anyway:
            return Outcome(number, workflow_id, Verdict.REFUSED, run.found, _silent(number, run))
        try:
            plan = await self._revived(workflow_id, run)
        except NotRescuable as error:
            sentence = f"Ticket {number} can't be rescued: {error}."
            return Outcome(number, workflow_id, Verdict.REFUSED, run.found, sentence)
        doubt = None if anyway else _doubt(plan)
        return plan if doubt is None else outcome_of(plan, Verdict.REFUSED, doubt)

    async def newest_fact(self, workflow_id: str) -> int:
        """The number of the newest fact on record."""
        async with self._database.session() as session:
            return await session.scalar(_LAST_FACT, {"workflow_id": workflow_id}) or 0

    async def _compared(self, workflow_id: str, run: Run) -> Run:
        """A run that answers is broken all the same where the record lacks what it has stored: the record was set back.
        Or where it has not told what is on record, which none but itself can have told: it was reset.
        """
        recorded = await self.newest_fact(workflow_id)
        if run.stored > recorded:
            found = f"has stored {run.stored} facts, of which the record has {recorded}"
        elif await self._tells_fewer(workflow_id, run, recorded):
            found = f"has told fewer facts than the {recorded} of the record: it was reset"
        else:
            return run
        history = await history_of(self._client, workflow_id, run.run_id)
        return replace(run, state=RunState.BROKEN, found=found, history=history)

    async def _tells_fewer(self, workflow_id: str, run: Run, recorded: int) -> bool:
        if run.told >= recorded:
            return False
        # It may have gone on between its answer and the reading of the record: what it says now comes after that.
        report = await answers(self._client, workflow_id, self._answer_within)
        return report is not None and report.sequence < recorded

    async def _revived(self, workflow_id: str, run: Run) -> Plan:
        record = await read_record(self._database, workflow_id)
        assert record is not None  # noqa: S101  # a ticket is never removed
        try:
            shown = TicketRecord.parse(await self._database.call(SqlFunction.GET_TICKET, workflow_id))
        except UnreadableRecord as error:
            raise NotRescuable(str(error)) from error
        # A write that came in between is no difference; the rescue will notice it, and read again.
        unlike = differences(record, shown) if shown.ticket.last_sequence == len(record.facts) else ()
        words = await last_words(run.history, self._client.data_converter) if run.history else LastWords()
        revival = await revive(record, words, self._registry, datetime.now(UTC))
        newest = 0 if revival.foreign else max([run.stored, *words.told])
        return Plan(record, run, revival, unlike, newest if newest > revival.told_until else 0)


def outcome_of(plan: Plan, verdict: Verdict, sentence: str) -> Outcome:
    """What became of a plan, in the words of `sentence`."""
    unknown = plan.record.unknown
    if plan.run.history is None:
        unknown = (*unknown, "what the lost run had accepted and not yet recorded: its history is not there")
    return Outcome(
        number=plan.record.ticket.number,
        workflow_id=plan.record.workflow_id,
        verdict=verdict,
        found=plan.run.found,
        sentence=sentence,
        recovered=plan.revival.recovered,
        facts=len(plan.record.facts),
        unknown=unknown,
        differences=plan.differences,
    )


def _doubt(plan: Plan) -> str | None:
    """Why nobody should go on without looking; None where all is proved."""
    number = plan.record.ticket.number
    if plan.differences:
        said = "; ".join(plan.differences)
        return f"The record of ticket {number} contradicts itself: {said}. Find out who changed it."
    if plan.gap:
        return (
            f"Ticket {number} had told {plan.gap} facts, and the record has {len(plan.record.facts)}: fact "
            f"{plan.revival.told_until + 1} is in no history that is left. Bring a newer backup of the record."
        )
    return None


def _silent(number: str, run: Run) -> str:
    if run.tries:
        return (
            f"Ticket {number} does not answer, but its history replays with this version: nothing keeps it from going "
            f"on. Its task was tried {run.tries} times in vain, and is tried again within minutes. Is the worker of "
            "this version?"
        )
    return f"Ticket {number} does not answer, but its history replays: no worker asks for its tasks. Start one."
