"""What every ticket workflow shares: the messages it takes, the facts it writes, the clocks it watches.

Handlers apply a command to the engine without an await in between, so each is whole by itself and needs no lock. Facts
are written by one projector at a time, in order; when the database is away they wait here, and the ticket goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

from activities.records import RecordActivities
from models.ai_vocabulary import AiTask
from models.contracts.ai import AiQuestion
from models.contracts.base import Command
from models.contracts.commands import (
    ArriveOnSite,
    AssignEngineer,
    Cancel,
    ChangeContract,
    ChangePriority,
    CommandResult,
    CompleteStage,
    EngineerRef,
    Hold,
    OpenTicket,
    Reopen,
    Resume,
    SkipStage,
    StartTravel,
)
from models.contracts.facts import OpenTicketRecord, RecordFacts, RecordFactsResult, StageRef, StagesMoved, TicketRow
from models.contracts.state import StageVisit
from models.contracts.status import StatusReport
from models.contracts.templates import StageAi
from models.contracts.tickets import OpenedTicket, TicketInput, TicketResult
from models.identity import (
    ARRIVE_ON_SITE_UPDATE,
    ASSIGN_ENGINEER_UPDATE,
    CANCEL_UPDATE,
    CARRIED_QUERY,
    CHANGE_CONTRACT_UPDATE,
    CHANGE_PRIORITY_UPDATE,
    COMPLETE_STAGE_UPDATE,
    HOLD_UPDATE,
    OPENED_UPDATE,
    REFUSED,
    REOPEN_UPDATE,
    RESUME_UPDATE,
    SKIP_STAGE_UPDATE,
    STAGE_COMPLETED_SIGNAL,
    START_TRAVEL_UPDATE,
    STATUS_QUERY,
    ai_call_id,
)
from workflows.ai_chain import ask_in_turn
from workflows.attributes import Attributes
from workflows.engine.refusal import RefusedError
from workflows.engine.report import details, opened, status_report, write_summary
from workflows.engine.ticket import TicketEngine
from workflows.options import DB_READ, DB_WRITE, QUICK_READ
from workflows.proposal import proposal
from workflows.sla_watch import watch_clocks

LARGEST_BATCH = 200
"""Facts in one write; what a database outage piles up goes out in several."""

HOLDS_OVERLAP = "holds-overlap"
"""Runs from before revision 0016 have refused a hold while there was another one, and go on doing so."""

AI_UNANSWERED = "ai-unanswered"
"""Runs from before there was that fact have told in the details alone that nobody could answer."""

TASKS_APART = "tasks-apart"
"""Runs that have this look engineers up by an activity like any other, and every task of theirs leaves a command in the
history (`workflows.runner`): whatever stands still meanwhile, their histories replay (docs/adr/0019). They also refuse
another command under an id that has its answer; runs from before have taken it for the same.
"""

NO_COMMAND = "The message holds no command. Send one of the form that the update describes."
"""Nobody but the converter knows what comes: it lets `null` pass for anything."""

SETTLING = timedelta(seconds=5)
"""How long search attributes may lag behind stages that follow each other quickly."""


class TicketLifecycle:
    """Base of the ticket workflows; a subclass adds its name and its `run()`."""

    @workflow.init
    def __init__(self, ticket: TicketInput) -> None:
        self._ticket = ticket
        self._engine = TicketEngine.open(ticket, workflow.now())
        self._engine.ids_are_bound = self._apart = workflow.patched(TASKS_APART)
        self._shown_at = workflow.now()
        self._show_at: datetime | None = None

    # -- the life of a ticket ----------------------------------------------------------------------------------------

    async def _live(self) -> TicketResult:
        """From the first stage to the last stored fact."""
        projector, adviser = _begun(self._project()), _begun(self._advise())
        cancelled: asyncio.CancelledError | None = None
        self._show()
        while not self._may_end():
            try:
                await self._until_over(projector, adviser)
            except asyncio.CancelledError as error:
                cancelled = error
                self._engine.cancel_from_outside(workflow.now(), "Workflow cancelled by an operator")
                self._show()
            await self._drain()
        for task in (projector, adviser):
            task.cancel()
        if cancelled is not None:
            raise cancelled
        return self._engine.result()

    async def _until_over(self, *background: asyncio.Task[None]) -> None:
        while not self._engine.is_over:
            await watch_clocks(self._engine, lambda: self._show_at)
            self._engine.advance(workflow.now())
            self._show()
            await self._continue_as_new_when_long(*background)

    async def _drain(self) -> None:
        """Wait until everything is stored and everybody answered, whoever asks to cancel meanwhile.

        Or until the ticket is open again: it may be reopened while this run still has something to store.
        """

        def drained() -> bool:
            return self._may_end() or not self._engine.is_over

        while not drained():
            try:
                await workflow.wait_condition(drained)
            except asyncio.CancelledError:
                continue

    def _may_end(self) -> bool:
        """Whether the ticket is over, and nobody needs this run any more."""
        return self._engine.is_over and not self._engine.state.unstored and workflow.all_handlers_finished()

    async def _continue_as_new_when_long(self, *background: asyncio.Task[None]) -> None:
        if self._engine.is_over or not workflow.info().is_continue_as_new_suggested():
            return
        await workflow.wait_condition(workflow.all_handlers_finished)
        # A write in flight may be lost with this run; the next one writes the same facts again, which changes nothing.
        # So does a question to AI: asked again under its name, it is paid once.
        for task in background:
            task.cancel()
        workflow.continue_as_new(self._carried())

    def _carried(self) -> TicketInput:
        return self._ticket.model_copy(update={"carried": self._engine.state})

    # -- the projection ----------------------------------------------------------------------------------------------

    async def _project(self) -> None:
        """Write facts as they come, one batch at a time, oldest first, for as long as the workflow lives."""
        state = self._engine.state
        while True:
            await workflow.wait_condition(lambda: bool(state.unstored))
            try:
                result = await self._write()
            except ActivityError:
                # Only a fault in our own code gets here: faults of the world are retried without end. The ticket must
                # outlive it, so the write is tried again until a repaired worker takes it.
                workflow.logger.exception("A write of the projection failed for good; trying it again")
                await workflow.sleep(timedelta(minutes=1), summary="Projection write failed")
                continue
            self._engine.story.stored(result.stored)

    async def _write(self) -> RecordFactsResult:
        facts = tuple(self._engine.state.unstored[:LARGEST_BATCH])
        if self._engine.state.stored == 0:
            return await workflow.execute_activity_method(
                RecordActivities.open_ticket,
                OpenTicketRecord(ticket=self._row(), facts=facts),
                summary=f"Open {self._ticket.number}",
                **DB_WRITE,
            )
        record = RecordFacts(ticket_id=self._ticket.ticket_id, facts=facts)
        moves = any(isinstance(fact, StagesMoved) for fact in facts)
        return await workflow.execute_activity_method(
            RecordActivities.transition_to_next_stage if moves else RecordActivities.record_facts,
            record,
            summary=write_summary(facts),
            **DB_WRITE,
        )

    def _row(self) -> TicketRow:
        ticket, info = self._ticket, workflow.info()
        return TicketRow(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            key=ticket.key,
            workflow_id=info.workflow_id,
            run_id=info.first_execution_run_id,
            equipment_id=ticket.unit.equipment_id,
            customer_id=ticket.unit.customer_id,
            site_id=ticket.unit.site_id,
            service_configuration_id=ticket.service.configuration_id,
            description=ticket.description,
            priority=ticket.priority.value,
            reporter=ticket.reporter,
            opened_at=self._engine.state.opened_at,
            template_id=ticket.template.template_id,
            template_snapshot=ticket.template.model_dump(mode="json"),
            unit=ticket.unit.model_dump(mode="json"),
            service=ticket.service.model_dump(mode="json"),
            calendar_snapshot=ticket.calendar.model_dump(mode="json"),
        )

    # -- AI ----------------------------------------------------------------------------------------------------------

    async def _advise(self) -> None:
        """Ask AI for what the stages want, one question after the other, for as long as the workflow lives."""
        advice = self._engine.advice
        while True:
            # What is asked goes by the record: the ticket has to be there.
            await workflow.wait_condition(lambda: self._engine.state.stored > 0 and advice.wanted() is not None)
            wanted = advice.wanted()
            if wanted is not None:
                await self._diagnose(*wanted)
                self._show()

    async def _diagnose(self, visit: StageVisit, task: StageAi) -> None:
        question = AiQuestion(
            task=AiTask.DIAGNOSIS,
            ticket_id=self._ticket.ticket_id,
            stage=StageRef(key=visit.key, visit=visit.visit),
            providers=task.providers,
            maximum_cost_usd=task.maximum_cost_usd,
            auto_complete_confidence=task.auto_complete_confidence,
        )
        call_id = ai_call_id(self._ticket.ticket_id, AiTask.DIAGNOSIS.value, visit.key, visit.visit)
        asked = await ask_in_turn(call_id, question)
        if asked.result is None:
            self._engine.unanswered(visit, asked, workflow.now(), on_record=workflow.patched(AI_UNANSWERED))
        else:
            proposed = proposal(asked, task, workflow.now())
            self._engine.propose(visit, proposed, asked.result.track, workflow.now())

    # -- what people see ---------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Bring the Temporal UI up to date: the details, which cost no history, and the search attributes.

        An upsert costs the server as much as a quarter of a stage. So stages that follow each other within seconds are
        shown together, SETTLING after the last upsert; what clocks and holds do, and the end, are shown at once.
        """
        workflow.set_current_details(details(self._engine))
        wanted, shown, now = Attributes.of(self._engine), workflow.info().typed_search_attributes, workflow.now()
        self._show_at = self._shown_at + SETTLING if wanted.differs(shown) else None
        if self._show_at is not None and (now >= self._show_at or wanted.urgent(shown) or self._engine.is_over):
            workflow.upsert_search_attributes(wanted.updates())
            self._shown_at, self._show_at = now, None

    # -- messages ----------------------------------------------------------------------------------------------------

    @workflow.update(name=OPENED_UPDATE, description="Answered when the ticket is stored")
    async def opened(self, _: OpenTicket) -> OpenedTicket:
        await workflow.wait_condition(lambda: self._engine.state.stored > 0)
        return opened(self._engine, workflow.info().workflow_id, workflow.info().workflow_type)

    @workflow.update(name=ASSIGN_ENGINEER_UPDATE, description="Put an engineer on one stage or on all open ones")
    async def assign_engineer(self, command: AssignEngineer) -> CommandResult:
        if not isinstance(command, Command) or self._engine.was_answered(command):
            return self._apply(command)
        return self._apply(command, await self._find_engineer(command.engineer_code))

    @assign_engineer.validator
    def _check_assign_engineer(self, command: AssignEngineer) -> None:
        self._check(command)

    @workflow.update(name=COMPLETE_STAGE_UPDATE, description="A stage's work is done")
    def complete_stage(self, command: CompleteStage) -> CommandResult:
        return self._apply(command)

    @complete_stage.validator
    def _check_complete_stage(self, command: CompleteStage) -> None:
        self._check(command)

    @workflow.update(name=SKIP_STAGE_UPDATE, description="Leave a stage out, with a reason")
    def skip_stage(self, command: SkipStage) -> CommandResult:
        return self._apply(command)

    @skip_stage.validator
    def _check_skip_stage(self, command: SkipStage) -> None:
        self._check(command)

    @workflow.update(name=HOLD_UPDATE, description="Put the ticket on hold until a date")
    def hold(self, command: Hold) -> CommandResult:
        if self._engine.state.holds:
            self._engine.let_holds_overlap(workflow.patched(HOLDS_OVERLAP))
        return self._apply(command)

    @hold.validator
    def _check_hold(self, command: Hold) -> None:
        self._check(command)

    @workflow.update(name=RESUME_UPDATE, description="Take the ticket off hold")
    def resume(self, command: Resume) -> CommandResult:
        return self._apply(command)

    @workflow.update(name=CANCEL_UPDATE, description="End the ticket without sign-off")
    def cancel(self, command: Cancel) -> CommandResult:
        return self._apply(command)

    @workflow.update(name=CHANGE_PRIORITY_UPDATE, description="Another priority; targets count from the report on")
    def change_priority(self, command: ChangePriority) -> CommandResult:
        return self._apply(command)

    @workflow.update(name=CHANGE_CONTRACT_UPDATE, description="Other terms of service, from the report on")
    def change_contract(self, command: ChangeContract) -> CommandResult:
        return self._apply(command)

    @workflow.update(name=START_TRAVEL_UPDATE, description="An engineer sets out for the unit")
    def start_travel(self, command: StartTravel) -> CommandResult:
        return self._apply(command)

    @start_travel.validator
    def _check_start_travel(self, command: StartTravel) -> None:
        self._check(command)

    @workflow.update(name=ARRIVE_ON_SITE_UPDATE, description="An engineer has arrived at the unit")
    def arrive_on_site(self, command: ArriveOnSite) -> CommandResult:
        return self._apply(command)

    @arrive_on_site.validator
    def _check_arrive_on_site(self, command: ArriveOnSite) -> None:
        self._check(command)

    @workflow.update(name=REOPEN_UPDATE, description="Take up a closed ticket again; it comes with the start of a run")
    def reopen(self, command: Reopen) -> CommandResult:
        return self._apply(command)

    @reopen.validator
    def _check_reopen(self, command: Reopen) -> None:
        self._check(command)

    @workflow.signal(name=STAGE_COMPLETED_SIGNAL, description="complete_stage for callers that can't wait")
    def stage_completed(self, command: CompleteStage) -> None:
        try:
            self._apply(command)
        except ApplicationError as refusal:  # nobody waits for an answer: the refusal stands in the audit trail
            workflow.logger.info("stage_completed refused: %s", refusal.message)

    @workflow.query(name=STATUS_QUERY, description="Where the ticket stands")
    def status(self) -> StatusReport:
        return status_report(self._engine, workflow.now())

    @workflow.query(name=CARRIED_QUERY, description="What a further run would go on from")
    def carried(self) -> TicketInput:
        return self._carried()

    async def _find_engineer(self, code: str) -> EngineerRef | None:
        """Look an engineer up, for as long as it takes."""
        if not self._apart:
            # Runs of before have looked first within the task. How that failed is told otherwise in a replay than it
            # was at the time, so the kind of the failure must not matter.
            with contextlib.suppress(FailureError):
                return await workflow.execute_local_activity_method(RecordActivities.find_engineer, code, **QUICK_READ)
        return await workflow.execute_activity_method(RecordActivities.find_engineer, code, summary=code, **DB_READ)

    def _apply(self, command: Command, engineer: EngineerRef | None = None) -> CommandResult:
        if not isinstance(command, Command):
            raise _refused(RefusedError(NO_COMMAND))
        try:
            return self._engine.apply(command, workflow.now(), engineer)
        except RefusedError as refusal:
            raise _refused(refusal) from None  # its stack trace would only make histories long
        finally:
            self._show()

    def _check(self, command: Command) -> None:
        """What can be refused before history grows; everything else is refused, and recorded, by the engine.

        An id that has its answer goes on to it: the command may have been fine when it was answered, and is told so
        again; or it is another one, and that belongs on record.
        """
        if not isinstance(command, Command):
            raise _refused(RefusedError(NO_COMMAND))
        if self._engine.was_answered(command):
            return
        try:
            self._engine.check_shape(command, workflow.now())
        except RefusedError as refusal:
            raise _refused(refusal) from None  # its stack trace would only make histories long


def _begun(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """The work, as a task that nobody waits for.

    Cancelled in the middle of an activity it ends with that activity's error, which would be logged as one that nobody
    has retrieved. Any other error is one of ours, and is told at once.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(_retrieve)
    return task


def _retrieve(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    # What is no Exception is the SDK's own: it takes a workflow out of its cache.
    if isinstance(error, Exception) and not is_cancelled_exception(error):
        workflow.logger.error("Work in the background of a ticket has ended", exc_info=error)


def _refused(refusal: RefusedError) -> ApplicationError:
    return ApplicationError(str(refusal), type=REFUSED, non_retryable=True)
