"""What a drill looks at once faults are over: each look finds what it is there to find."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from models.contracts.commands import CommandResult, Hold, Resume
from models.contracts.tickets import TicketInput
from models.identity import SERVICE_TICKET_WORKFLOW
from models.records import TicketRecord
from models.sql_functions import SqlFunction
from models.vocabulary import HoldReason, TicketStatus
from starter.drill import examine as examining
from starter.drill import histories
from starter.drill.account import Account
from starter.drill.agreement import clock_differences, differences
from starter.drill.histories import replay_all
from tests.factories import COORDINATOR, T0, ticket_input
from tests.field import Field
from tests.records import recorded
from tests.starter.drilled import Drilled, tamper
from tests.waiting import until


@workflow.defn(name=SERVICE_TICKET_WORKFLOW)
class OtherService:
    """Does something else than the code that is here."""

    @workflow.run
    async def run(self, ticket: TicketInput) -> str:
        await workflow.sleep(timedelta(milliseconds=1))
        return ticket.number


@workflow.defn(name=SERVICE_TICKET_WORKFLOW)
class FailingService:
    """Fails each of its workflow tasks."""

    @workflow.run
    async def run(self, ticket: TicketInput) -> str:
        raise RuntimeError(f"{ticket.number} can't go on")


async def test_what_agrees_is_found_to_agree(drilled: Drilled) -> None:
    outcome = await drilled.outcome()

    assert (outcome.examined.stuck, outcome.examined.differing, outcome.examined.broken_chains) == ({}, [], [])
    assert outcome.examined.replays.histories == 2
    assert outcome.examined.replays.events > 50
    assert outcome.examined.broken_histories == []


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE service_tickets SET priority = 'P1' WHERE id = :id", "priority is P3 in the workflow and P1"),
        (
            "UPDATE workflow_stage_transitions SET outcome = 'test_failed' WHERE stage_key = 'onsite_repair' AND "
            "instance_id = (SELECT i.id FROM ticket_workflow_instances AS i WHERE i.ticket_id = :id)",
            "outcome is done in the workflow and test_failed",
        ),
        (
            "UPDATE sla_events SET occurred_at = occurred_at - interval '1 hour' WHERE kind = 'stopped' "
            "AND ticket_id = :id AND clock_id = (SELECT c.id FROM sla_clocks AS c WHERE c.ticket_id = :id "
            "AND c.name = 'resolution')",
            "clock resolution is",
        ),
    ],
    ids=["priority", "outcome", "clock"],
)
async def test_a_record_that_differs_from_its_workflow_is_found(
    drilled: Drilled, field: Field, statement: str, finding: str
) -> None:
    await tamper(field, statement, id=drilled.account.opened[drilled.plan.key(1)].ticket_id)

    report = await drilled.report()

    assert not report.passed
    assert report.differing >= 1
    assert any(finding in sentence for sentence in report.findings)


async def test_an_audit_entry_that_was_changed_is_found(drilled: Drilled, field: Field) -> None:
    await tamper(
        field,
        "UPDATE audit_events SET actor_code = 'somebody-else' WHERE sequence = 2 AND subject_id = :id",
        id=drilled.account.opened[drilled.plan.key(2)].ticket_id,
    )

    report = await drilled.report()

    assert not report.passed
    assert report.broken_chains == 1


async def test_a_clock_that_is_explained_otherwise_than_it_is_reckoned_is_found(drilled: Drilled, field: Field) -> None:
    opened = drilled.account.opened[drilled.plan.key(1)]
    found = json.loads(await field.database.call(SqlFunction.GET_TICKET, opened.workflow_id))
    assert await clock_differences(field.database, TicketRecord.model_validate(found)) == []

    resolution = next(clock for clock in found["clocks"] if clock["name"] == "resolution")
    resolution["events"] = resolution["events"][:1]

    assert any(
        "clock resolution at" in one
        for one in await clock_differences(field.database, TicketRecord.model_validate(found))
    )


def test_a_workflow_without_a_state_agrees_with_nothing() -> None:
    assert list(differences(ticket_input(), recorded({}))) == ["its workflow knows no state"]


async def run_as(client: Client, key: str, service: type) -> Worker:
    """Start a ticket under that id, and return a worker for it that does something else than it should."""
    queue = f"other-{uuid4().hex[:8]}"
    await client.start_workflow(SERVICE_TICKET_WORKFLOW, ticket_input(key=key), id=key, task_queue=queue)
    return Worker(client, task_queue=queue, workflows=[service], workflow_runner=UnsandboxedWorkflowRunner())


async def test_a_history_that_does_not_replay_is_found_and_kept(field: Field, tmp_path: Path) -> None:
    prefix = f"drill-{uuid4().hex[:8]}-"
    key = f"{prefix}000001"
    async with await run_as(field.client, key, OtherService):
        await field.client.get_workflow_handle(key).result()

    replays = await replay_all(field.client, prefix, {key}, keep=tmp_path / "kept")

    assert replays.histories == 1
    assert [one.workflow_id for one in replays.broken] == [key]
    assert "Nondeterminism" in replays.broken[0].why
    [kept] = (tmp_path / "kept").iterdir()
    assert WorkflowHistory.from_json(key, kept.read_text(encoding="utf-8")).run_id == replays.broken[0].run_id


async def test_a_ticket_whose_workflow_task_fails_is_stuck(
    drilled: Drilled, field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "SETTLED_WITHIN", timedelta(seconds=2))
    monkeypatch.setattr(histories, "LISTED_WITHIN", 2.0)
    monkeypatch.setattr(examining, "QUERY_WITHIN", timedelta(seconds=1))
    key = drilled.plan.key(3)
    async with await run_as(field.client, key, FailingService):

        async def failed() -> bool:
            described = await field.client.get_workflow_handle(key).describe()
            return described.raw_description.pending_workflow_task.attempt > 1

        await until(failed)
        drilled.account.opened[key] = drilled.account.opened[drilled.plan.key(1)].model_copy(
            update={"workflow_id": key}
        )

        outcome = await drilled.outcome()

    assert list(outcome.examined.stuck) == [key]
    assert outcome.examined.stuck[key].endswith("its task failed: FC-2026-000001 can't go on")
    await field.client.get_workflow_handle(key).terminate()


async def test_a_ticket_that_temporal_has_lost_is_stuck(drilled: Drilled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "SETTLED_WITHIN", timedelta(seconds=1))
    monkeypatch.setattr(histories, "LISTED_WITHIN", 1.0)
    opened = drilled.account.opened[drilled.plan.key(1)]
    drilled.account.opened[drilled.plan.key(1)] = opened.model_copy(update={"workflow_id": f"lost-{uuid4().hex}"})

    outcome = await drilled.outcome()

    assert len(outcome.examined.stuck) == 1


# -- what people were told -------------------------------------------------------------------------------------------


def result(command_id: str, message: str = "Done.") -> CommandResult:
    return CommandResult(
        number="FC-2026-000001",
        command_id=command_id,
        applied_at=T0,
        ticket_status=TicketStatus.OPEN,
        active_stages=(),
        message=message,
    )


def hold(command_id: str) -> Hold:
    return Hold(command_id=command_id, actor=COORDINATOR, reason=HoldReason.ACCESS_DENIED)


def test_the_same_answer_again_contradicts_nothing() -> None:
    account = Account()
    sent = account.sending("key", hold("one"))
    account.answered(sent, result("one"))
    account.answered(account.sending("key", hold("one")), result("one"))
    refused = account.sending("key", Resume(command_id="two", actor=COORDINATOR))
    account.refusing(refused, "It is not on hold.")
    account.refusing(refused, "It is not on hold.")
    assert account.contradictions == []
    assert (len(account.commands), account.acknowledged) == (2, 1)


def test_two_answers_to_one_command_are_found() -> None:
    account = Account()
    sent = account.sending("key", hold("one"))
    account.answered(sent, result("one"))
    account.answered(sent, result("one", "Something else."))
    account.refusing(sent, "Not possible.")
    assert len(account.contradictions) == 2


async def test_a_command_that_was_applied_although_its_sender_was_refused_is_found(drilled: Drilled) -> None:
    sent = next(one for one in drilled.account.commands.values() if one.action == "engineer_assigned")
    sent.acknowledged, sent.refused = False, "The ticket has ended."

    report = await drilled.report()

    assert not report.passed
    assert report.contradicted == 1


@pytest.mark.parametrize(("asked", "contradicted"), [("before", 0), ("after", 1)])
async def test_that_it_has_ended_is_a_lie_only_to_whoever_asks_when_the_command_was_applied(
    drilled: Drilled, asked: str, contradicted: int
) -> None:
    """Told before, it may have been applied since by another copy: the ticket was opened again."""
    sent = next(one for one in drilled.account.commands.values() if one.action == "engineer_assigned")
    drilled.account.told_ended(sent, sent.sent_at - 60 if asked == "before" else time.time())

    report = await drilled.report()

    assert report.contradicted == contradicted


async def test_a_signal_that_temporal_took_and_that_left_nothing_is_found(drilled: Drilled) -> None:
    sent = drilled.account.sending(drilled.plan.key(1), hold("signalled-and-gone"))
    sent.signalled = True

    report = await drilled.report()

    assert not report.passed
    assert report.lost == 1
