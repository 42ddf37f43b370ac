"""The rescue of one ticket: end the run that is broken, put the rescue on record, start a further run that carries all.

The order makes it safe to be killed anywhere, to be repeated, and to be done by two at once:

1. The broken run is terminated, so that it tells nothing any more.
2. The rescue is written as the ticket's next fact. The database gives each number to one fact only: a write of the
   broken run that is still under way is refused from then on, and so is a second rescuer, who then reads anew.
3. A further run is started under the same workflow id. Temporal lets one of any number of starters through.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.records import RecordActivities
from models.contracts.base import Actor
from models.contracts.facts import TicketRescued
from models.contracts.projection import RecordFacts
from models.database import Database, DatabaseRefused
from models.identity import TICKETS_QUEUE
from models.sql_functions import SqlFunction
from models.vocabulary import TicketStatus
from starter.rescuing.outcome import Outcome, Verdict
from starter.rescuing.plan import Plan, Planner, outcome_of
from starter.rescuing.revival import tell_rescue
from starter.rescuing.runs import RunState, answers, unavailable
from starter.starting import start_further

ANSWER_WITHIN = timedelta(seconds=20)
TRIES = 5
"""How often a rescue begins anew because the record went on meanwhile: each time there is less that could."""

CLAIMED = timedelta(minutes=1)
"""How long a rescue that is on record and has started nothing is taken for the one that is under way."""

TAKEN_NUMBERS = frozenset({"FC002", "FC005"})
"""SQLSTATEs: the record has gone on since it was read."""

PAGE = 500


class Rescue:
    """Brings tickets back.

    Args:
        client: Temporal.
        database: with the rights of the application.
        answer_within: how long a run may take to answer until it counts as silent.
        task_queue: of tickets whose run is not known to Temporal any more.
    """

    def __init__(
        self,
        client: Client,
        database: Database,
        answer_within: timedelta = ANSWER_WITHIN,
        task_queue: str = TICKETS_QUEUE,
    ) -> None:
        self._client = client
        self._database = database
        self._records = RecordActivities(database)
        self._planner = Planner(client, database, answer_within, self._records)
        self._answer_within = answer_within
        self._task_queue = task_queue

    async def open_tickets(self) -> AsyncIterator[str]:
        """The numbers of all tickets that are open by the record, newest first."""
        for status in (TicketStatus.OPEN, TicketStatus.ON_HOLD):
            after: str | None = None
            while True:
                rows = await self._database.rows(SqlFunction.LIST_TICKETS, status.value, None, None, None, PAGE, after)
                for row in rows:
                    yield row["number"]
                if len(rows) < PAGE:
                    break
                after = rows[-1]["number"]

    async def look(self, reference: str, *, anyway: bool = False) -> Outcome | None:
        """What a rescue would do; nothing is changed. None: the record has no such ticket.

        Raises:
            TemporalUnavailable, DatabaseUnavailable: as they say.
        """
        plan = await self._planner.plan(reference, anyway)
        if not isinstance(plan, Plan):
            return plan
        return self._nothing_to_do(plan) or outcome_of(
            plan, Verdict.RESCUABLE, f"Ticket {plan.record.ticket.number} can be rescued."
        )

    async def rescue(self, reference: str, actor: Actor, reason: str = "", *, anyway: bool = False) -> Outcome | None:
        """Bring a ticket back. None: the record has no such ticket.

        Args:
            actor: who does it, for the record.
            reason: why, for the record.
            anyway: also where facts and rows contradict each other, facts are lost, or a run that does not answer
                replays.

        Raises:
            TemporalUnavailable, DatabaseUnavailable: as they say. Repeating it is safe.
        """
        found: str | None = None
        for _ in range(TRIES):
            plan = await self._planner.plan(reference, anyway)
            if not isinstance(plan, Plan):
                return plan
            if found is not None:  # as it was before it was ended
                plan = replace(plan, run=replace(plan.run, found=found))
            nothing = self._nothing_to_do(plan)
            if plan.run.state in {RunState.BROKEN, RunState.SILENT}:
                await self._end(plan, actor, reason)
                found = plan.run.found
            elif nothing is None and (outcome := await self._bring_back(plan, actor, reason)) is not None:
                return outcome
            if nothing is not None:
                return nothing
        assert isinstance(plan, Plan)  # noqa: S101  # the loop has left otherwise
        sentence = f"Ticket {plan.record.ticket.number} went on each time it was read. Try it again."
        return outcome_of(plan, Verdict.REFUSED, sentence)

    # -- steps -------------------------------------------------------------------------------------------------------

    def _nothing_to_do(self, plan: Plan) -> Outcome | None:
        """The end of it for a ticket that is over, with all on record."""
        state, broken = plan.revival.engine.state, plan.run.state is RunState.BROKEN
        if state.ended_at is None or state.unstored:
            return None
        ends = " Its run is broken, and has nothing left to do: it ends." if broken else ""
        return outcome_of(plan, Verdict.OVER, f"Ticket {plan.record.ticket.number} is {state.status.value}.{ends}")

    async def _end(self, plan: Plan, actor: Actor, reason: str) -> None:
        handle = self._client.get_workflow_handle(plan.record.workflow_id, run_id=plan.run.run_id)
        why = f": {reason}" if reason else ""
        try:
            await handle.terminate(reason=f"fieldcare ticket rescue by {actor}{why}. It goes on in a further run.")
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # else it has ended by itself
                raise unavailable(error) from error

    async def _bring_back(self, plan: Plan, actor: Actor, reason: str) -> Outcome | None:
        """Put it on record and start it; None: the record has gone on, so it has to be read again."""
        engine, run, record = plan.revival.engine, plan.run, plan.record
        if not self._is_claimed(plan):
            told = TicketRescued(
                sequence=0,
                at=engine.state.opened_at,
                actor=actor,
                ended_run=run.run_id,
                found=run.found,
                recovered=tuple(one.command_id for one in plan.revival.recovered if not one.refused),
                unproved=plan.unproved,
            )
            tell_rescue(engine, actor, reason, datetime.now(UTC), told)
        if engine.state.unstored:
            facts = RecordFacts(ticket_id=record.ticket.ticket_id, facts=tuple(engine.state.unstored))
            try:
                engine.story.stored((await self._records.record_facts(facts)).stored)
            except DatabaseRefused as error:
                if error.sqlstate in TAKEN_NUMBERS:
                    return None
                sentence = f"Ticket {record.ticket.number} can't be rescued: the record does not take it: {error}."
                return outcome_of(plan, Verdict.REFUSED, sentence)
        if engine.is_over:
            sentence = f"Ticket {record.ticket.number} is {engine.state.status.value}, as was acknowledged."
            return outcome_of(plan, Verdict.RESCUED, sentence)
        return await self._start(plan)

    async def _start(self, plan: Plan) -> Outcome | None:
        record, run, state = plan.record, plan.run, plan.revival.engine.state
        if await self._planner.newest_fact(record.workflow_id) != state.sequence:
            return None  # it took so long that somebody else has begun anew
        ticket = record.ticket.model_copy(update={"carried": state})
        # One that has completed since this rescue began must not be started again from what is past.
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
        if run.completed:
            reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE
        try:
            run_id = await start_further(
                self._client, ticket, record.workflow_id, run.task_queue or self._task_queue, reuse
            )
        except WorkflowAlreadyStartedError:
            return None  # somebody else was quicker: look again
        except RPCError as error:
            raise unavailable(error) from error
        report = await answers(self._client, record.workflow_id, self._answer_within)
        sentence = f"Ticket {ticket.number} goes on in a further run."
        if report is None:
            sentence += " No worker has answered for it yet."
        return replace(outcome_of(plan, Verdict.RESCUED, sentence), run_id=run_id, answers=report is not None)

    def _is_claimed(self, plan: Plan) -> bool:
        """Whether the rescue is on record already, and no run has come of it: it was killed, or is under way."""
        last = plan.record.facts[-1] if plan.record.facts else None
        return (
            isinstance(last, TicketRescued)
            and last.ended_run == plan.run.run_id
            and not plan.revival.engine.state.unstored
            and datetime.now(UTC) - last.at < CLAIMED
        )
