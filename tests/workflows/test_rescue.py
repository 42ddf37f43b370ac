"""Tickets whose workflow is broken or lost come back from their record and go on to their sign-off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import text
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from activities.reconciling.standing import FAILS_FROM, standing
from activities.records import RecordActivities
from models.contracts.commands import ChangePriority, Reopen
from models.contracts.facts import CommandRefused as RefusalFact
from models.contracts.facts import TicketResumed
from models.contracts.projection import RecordFacts, RecordFactsResult
from models.database import Database, DatabaseRefused
from models.identity import STAGE_COMPLETED_SIGNAL
from models.vocabulary import HoldReason, Priority, StageOutcome, TicketStatus
from starter.cli.terminal.failing import in_terminal_words
from starter.commands import CommandRefused, TicketCommands
from starter.embedded.stack import Stack
from starter.rescuing import Verdict
from starter.rescuing.record import remember
from tests.databases import as_role, drop_database, make_database
from tests.factories import COORDINATOR, HOUR, acting, assign, command_id, complete, hold, resume
from tests.field import Field, Ticket
from tests.proxy import Proxy
from tests.waiting import until
from tests.workflows.rescuing import (
    OPERATOR,
    forgotten,
    knows,
    plain,
    rescue_of,
    rescued,
    reset,
    reset_to_before_the_last_command,
    serving,
    serving_another_version,
    serving_one_with_an_error,
)
from tests.workflows.test_faults import told_once
from tests.workflows.test_terms import agrees_with_its_recomputation, rich_ticket

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def agrees_with_the_live_ticket(ticket: Ticket) -> None:
    """`sla_elapsed()` says of every clock what the workflow says of it now."""
    record, at = await ticket.stored(), datetime.now(UTC)
    ids = {row["name"]: row["id"] for row in record["clocks"]}
    for clock in (await ticket.status()).clocks:
        [found] = await ticket.field.rows("SELECT sla_elapsed(:id, :at) AS elapsed", id=ids[clock.name], at=at)
        assert abs((found["elapsed"] - clock.elapsed).total_seconds()) < 5, clock.name
    await agrees_with_its_recomputation(ticket)


def urgent() -> ChangePriority:
    return ChangePriority(command_id=command_id(), actor=COORDINATOR, priority=Priority.P1, reason="Patient moved")


def reopen() -> Reopen:
    return Reopen(command_id=uuid4().hex, actor=COORDINATOR, reason="Alarm is back")


async def test_a_terminated_ticket_comes_back_with_all_that_it_knew_and_goes_on_to_sign_off(field: Field) -> None:
    ticket = await rich_ticket(field)
    await ticket.do(complete("remote_diagnosis", by="ENG-004"))
    first = hold()
    await ticket.do(first)
    await ticket.do(hold(HoldReason.WAITING_FOR_PARTS))
    await ticket.do(urgent())
    with pytest.raises(CommandRefused):
        await ticket.do(complete("parts_identification", by="ENG-004"))
    before = await knows(ticket)
    await ticket.handle.terminate("By mistake")

    outcome = await rescued(field, ticket, reason="Somebody pressed the wrong button")
    after = await knows(ticket)
    assert (outcome.found, outcome.differences, outcome.recovered, outcome.unknown) == ("terminated", (), (), ())
    assert plain(after) == plain(before)
    assert after.sequence == before.sequence + 1
    await agrees_with_the_live_ticket(ticket)
    again = await ticket.do(first)
    assert [one.answer for one in before.replies if one.command_id == first.command_id] == [again]
    await ticket.do(resume())
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)
    [entry] = [one for one in await ticket.audit() if one["action"] == "ticket_rescued"]
    assert (entry["actor_code"], entry["reason"]) == ("ops-1", "Somebody pressed the wrong button")


async def test_a_ticket_whose_history_does_not_replay_is_ended_and_goes_on(
    skipper: TimeSkipper, service_url: str
) -> None:
    database = Database(service_url)
    async with serving_another_version(skipper, database) as old:
        ticket = await old.open()
        await ticket.do(complete("remote_diagnosis", by="ENG-004"))
        before = await knows(ticket)
    async with serving(skipper, database, old.task_queue) as field:
        broken = (await ticket.handle.describe()).run_id
        waiting = hold()
        stuck = asyncio.create_task(ticket.do(waiting))  # nobody answers this
        outcome = await rescued(field, ticket)
        assert outcome.found.startswith("does not replay: [TMPRL1100] Nondeterminism error")
        old_run = await field.client.get_workflow_handle(ticket.id, run_id=broken).describe()
        assert old_run.status is WorkflowExecutionStatus.TERMINATED
        assert plain(await knows(ticket))["visits"] == plain(before)["visits"]
        [found] = await asyncio.gather(stuck, return_exceptions=True)
        if isinstance(found, BaseException):  # it came between the end of the one run and the start of the other
            assert "has ended" in str(found)
        assert "On hold" in (await ticket.do(waiting)).message
        await ticket.do(resume())
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)
    await database.aclose()


async def test_a_ticket_whose_task_fails_again_and_again_at_something_new_is_ended_and_goes_on(
    skipper: TimeSkipper, service_url: str
) -> None:
    database = Database(service_url)
    async with serving_one_with_an_error(skipper, database) as field:
        ticket = await field.open(engineer=None)
        await ticket.stored()
        waiting = hold()
        stuck = asyncio.create_task(ticket.do(waiting))  # nobody answers this

        async def fails() -> bool:
            return (await standing(field.client, ticket.id)).attempt >= FAILS_FROM

        await until(fails, within=60)
        stuck.cancel()
        await asyncio.gather(stuck, return_exceptions=True)
        outcome = await rescue_of(field, within=5).rescue(ticket.number, OPERATOR)
        assert outcome is not None
        assert outcome.verdict is Verdict.RESCUED, outcome.sentence
        assert outcome.found == "its task fails again and again: LookupError: nobody has thought of that"
    async with serving(skipper, database, field.task_queue) as field:
        ticket = Ticket(field, ticket.id, ticket.number)
        assert "On hold" in (await ticket.do(waiting)).message
        await ticket.do(resume())
        await ticket.do(assign("ENG-004"))
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)
    await database.aclose()


async def test_a_healthy_ticket_is_left_alone(field: Field) -> None:
    ticket = await field.open()
    run = (await ticket.handle.describe()).run_id
    outcome = await rescue_of(field).rescue(ticket.number, OPERATOR)
    assert outcome is not None
    assert (outcome.verdict, outcome.sentence) == (
        Verdict.HEALTHY,
        f"Ticket {ticket.number} is not stuck: its workflow answers.",
    )
    assert (await ticket.handle.describe()).run_id == run


async def test_a_ticket_that_no_worker_serves_is_not_taken_for_a_stuck_one(
    skipper: TimeSkipper, service_url: str
) -> None:
    database = Database(service_url)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        await ticket.stored()
    outcome = await rescue_of(field, within=1).rescue(ticket.number, OPERATOR)
    assert outcome is not None
    assert outcome.verdict is Verdict.REFUSED
    assert "its history replays: no worker asks for its tasks" in outcome.sentence
    assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await database.aclose()


async def test_a_look_changes_nothing_and_says_what_would_be_done(field: Field) -> None:
    ticket = await field.open()
    record = await ticket.stored()
    await ticket.handle.terminate()
    outcome = await rescue_of(field).look(ticket.number)
    assert outcome is not None
    assert (outcome.verdict, outcome.found) == (Verdict.RESCUABLE, "terminated")
    assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    [row] = await field.rows("SELECT last_sequence FROM service_tickets WHERE workflow_id = :id", id=ticket.id)
    assert row["last_sequence"] == record["ticket"]["last_sequence"]


async def test_a_number_that_nobody_has_is_no_ticket(field: Field) -> None:
    assert await rescue_of(field).rescue("FC-1999-000001", OPERATOR) is None


# -- what only the lost run knew ---------------------------------------------------------------------------------------


async def test_what_was_acknowledged_and_never_recorded_is_applied_at_its_own_time(
    skipper: TimeSkipper, service_url: str
) -> None:
    proxy = Proxy.to(service_url)
    await proxy.mend()
    away, database = Database(proxy.through(service_url), pool_size=2), Database(service_url)
    async with serving(skipper, away) as field:
        ticket = await field.open()
        await ticket.stored()
        await proxy.cut()
        first = await ticket.do(complete("remote_diagnosis", by="ENG-004"))  # told, its write is under way
        later = [
            await ticket.do(command)
            for command in (hold(), resume(), urgent(), complete("parts_identification", by="ENG-004"))
        ]
        await field.commands.signal_stage_completed(ticket.id, complete("parts_procurement", by=acting("ENG-004")))
        await ticket.in_stage("onsite_repair")
        unanswered = asyncio.create_task(ticket.do(assign("ENG-005")))  # waits for the registry

        async def waits() -> bool:
            pending = (await ticket.handle.describe()).raw_description.pending_activities
            return any(one.activity_type.name == "find_engineer" for one in pending)

        await until(waits)
        before = (await ticket.handle.query("carried"))["carried"]
        await ticket.handle.terminate("The worst moment")
        await asyncio.gather(unanswered, return_exceptions=True)
    async with serving(skipper, database, field.task_queue) as served:
        outcome = await rescued(served, Ticket(served, ticket.id, ticket.number))
        found = {one.command_id: one for one in outcome.recovered}
        assert [one.how for one in outcome.recovered] == [
            *["acknowledged"] * 5,
            "taken as a signal",
            "accepted and not answered",
        ]
        assert all(found[one.command_id].became == one.message for one in (first, *later))
        assert not any(one.refused for one in outcome.recovered)
        back = Ticket(served, ticket.id, ticket.number)
        after = await knows(back)
        told = [one for one in await back.audit() if one["command_id"] in {one.command_id for one in later}]
        assert {one["occurred_at"] for one in told} == {one.applied_at for one in later}
        assert len(before["replies"]) + 1 == len(after.replies)
        assert [one["command_id"] for one in before["replies"]] == [one.command_id for one in after.replies[:-1]]
        assert after.visits[3].engineer is not None
        assert after.visits[3].engineer.code == "ENG-005"
        await agrees_with_the_live_ticket(back)
        assert (await back.finish("ENG-005")).status is TicketStatus.CLOSED
        await told_once(back)
    await proxy.cut()
    await away.aclose()
    await database.aclose()


async def test_a_message_that_is_no_command_is_left_out_and_named(field: Field) -> None:
    """Anybody can send a signal, from the Temporal UI for one."""
    ticket = await field.open()
    await ticket.advised()
    before = await knows(ticket)
    for nonsense in ({"x": 1}, None, "done"):
        await ticket.handle.signal(STAGE_COMPLETED_SIGNAL, nonsense)
    await ticket.handle.signal(STAGE_COMPLETED_SIGNAL)
    await ticket.handle.terminate()
    outcome = await rescued(field, ticket)
    assert [(one.kind, one.how, one.refused) for one in outcome.recovered] == [
        ("stage_completed", "taken as a signal", True)
    ] * 4
    assert {one.became for one in outcome.recovered} == {"left out, because it is a message that is no command"}
    assert plain(await knows(ticket)) == plain(before)
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)


async def test_a_write_of_the_broken_run_that_is_under_way_can_change_nothing_any_more(field: Field) -> None:
    """It comes after the rescue, with facts under numbers that are taken: it is refused whole."""
    ticket = await field.open()
    state = await knows(ticket)
    await ticket.handle.terminate()
    await rescued(field, ticket)
    late = [
        TicketResumed(sequence=state.sequence + n, at=datetime.now(UTC), actor=COORDINATOR, hold_reason="other")
        for n in (1, 2, 3)
    ]
    [row] = await field.rows("SELECT id FROM service_tickets WHERE workflow_id = :id", id=ticket.id)
    with pytest.raises(DatabaseRefused, match="comes from a run that is not its newest one") as caught:
        await RecordActivities(field.database).record_facts(RecordFacts(ticket_id=row["id"], facts=tuple(late)))
    assert caught.value.sqlstate == "FC005"
    assert (await ticket.stored())["ticket"]["last_sequence"] == state.sequence + 1
    await told_once(ticket)


async def test_a_write_that_lands_while_the_rescue_reads_is_part_of_what_is_rescued(field: Field) -> None:
    """The last write of the broken run comes between the reading of the record and the rescue's own fact."""
    ticket = await field.open()
    state = await knows(ticket)
    await ticket.handle.terminate()
    [row] = await field.rows("SELECT id FROM service_tickets WHERE workflow_id = :id", id=ticket.id)
    late = RefusalFact(
        sequence=state.sequence + 1,
        at=datetime.now(UTC),
        actor=COORDINATOR,
        command_id="late",
        command="Hold",
        reason="No",
    )
    rescue = rescue_of(field)
    write, writes = rescue._records.record_facts, 0

    async def later(record: RecordFacts) -> RecordFactsResult:
        nonlocal writes
        writes += 1
        if writes == 1:
            await write(RecordFacts(ticket_id=row["id"], facts=(late,)))
        return await write(record)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rescue._records, "record_facts", later)
        outcome = await rescue.rescue(ticket.number, OPERATOR)
    assert outcome is not None
    assert (outcome.verdict, writes) == (Verdict.RESCUED, 2)
    assert [one["action"] for one in (await ticket.audit())[-2:]] == ["command_refused", "ticket_rescued"]
    assert (await knows(ticket)).replies[-1].command_id == "late"
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)


async def test_a_ticket_that_was_reset_goes_on_from_its_record(field: Field) -> None:
    """The reset run answers, and tells facts under numbers that the record has given to others: none is stored."""
    ticket = await field.open()
    await ticket.do(complete("remote_diagnosis", by="ENG-004"))
    before = await knows(ticket)
    await reset(field.client, ticket.id)

    async def is_refused() -> bool:
        pending = (await ticket.handle.describe()).raw_description.pending_activities
        return any("has another fact" in one.last_failure.message for one in pending)

    await until(is_refused)
    outcome = await rescued(field, ticket)
    assert outcome.found.startswith("can't store what it tells: ticket ")
    assert outcome.recovered == ()
    assert plain(await knows(ticket)) == plain(before)
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)


async def test_a_ticket_that_was_reset_and_stands_still_behind_its_record_goes_on_from_it(field: Field) -> None:
    """The reset run answers, and has nothing to tell that the record could refuse."""
    ticket = await field.open()
    await ticket.advised()
    await ticket.do(complete("remote_diagnosis", by="ENG-004"))
    await ticket.stored()
    first = hold()
    await ticket.do(first)
    before = await knows(ticket)
    await reset_to_before_the_last_command(field.client, ticket.id)

    async def stands_behind() -> bool:
        return (await ticket.status()).sequence < before.sequence

    await until(stands_behind)
    outcome = await rescued(field, ticket)
    assert outcome.found == f"has told fewer facts than the {before.sequence} of the record: it was reset"
    assert (outcome.recovered, outcome.is_well) == ((), True)
    assert plain(await knows(ticket)) == plain(before)
    assert [one.answer for one in before.replies if one.command_id == first.command_id] == [await ticket.do(first)]
    await ticket.do(resume())
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)


async def test_a_command_that_a_reset_run_acknowledged_and_the_rescue_leaves_out_is_not_well(field: Field) -> None:
    ticket = await field.open()
    await ticket.advised()
    await ticket.do(complete("remote_diagnosis", by="ENG-004"))
    await ticket.stored()
    await ticket.do(hold())
    before = await knows(ticket)
    await reset_to_before_the_last_command(field.client, ticket.id)
    late = urgent()
    await ticket.do(late)
    outcome = await rescued(field, ticket)
    [left_out] = outcome.recovered
    assert (left_out.command_id, left_out.how, left_out.refused) == (late.command_id, "acknowledged", True)
    assert (left_out.broken_promise, outcome.is_well) == (True, False)
    assert plain(await knows(ticket)) == plain(before)


async def test_a_record_that_was_set_back_gets_its_facts_from_the_history(
    skipper: TimeSkipper, stack: Stack, database_url: str
) -> None:
    """PostgreSQL was restored from a backup: the workflow takes for stored what the record does not have."""
    older = f"{database_url}_older"
    url = as_role(database_url, stack.addresses.workers_url)
    database = Database(url)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        await ticket.stored()
    await database.aclose()
    await make_database(stack.addresses.database_url, older.rsplit("/", 1)[1], database_url.rsplit("/", 1)[1])
    database, restored = Database(url), Database(as_role(older, stack.addresses.workers_url))
    async with serving(skipper, database, field.task_queue) as field:
        ticket = Ticket(field, ticket.id, ticket.number)
        await ticket.do(complete("remote_diagnosis", by="ENG-004"))
        await ticket.do(hold())
        before = await knows(ticket)
    await database.aclose()
    async with serving(skipper, restored, field.task_queue) as field:
        ticket = Ticket(field, ticket.id, ticket.number)
        outcome = await rescued(field, ticket)
        assert outcome.found.startswith(f"has stored {before.sequence} facts, of which the record has ")
        assert [one.kind for one in outcome.recovered] == ["CompleteStage", "Hold"]
        assert plain(await knows(ticket)) == plain(before)
        await ticket.do(resume())
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)
    await restored.aclose()
    await drop_database(stack.addresses.database_url, older.rsplit("/", 1)[1])


# -- nothing left in Temporal ------------------------------------------------------------------------------------------


async def test_every_kind_of_ticket_comes_back_from_an_empty_temporal(field: Field) -> None:
    held, retargeted, failed, reopened = [await rich_ticket(field) for _ in range(4)]
    await held.do(hold())
    await held.do(hold(HoldReason.WAITING_FOR_PARTS))
    await retargeted.skip_time(3 * HOUR)
    await retargeted.do(urgent())
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement"):
        await failed.do(complete(key, by="ENG-004"))
    await failed.do(complete("onsite_repair", by="ENG-004", outcome=StageOutcome.TEST_FAILED))
    await reopened.do(complete("remote_diagnosis", by="ENG-004", outcome=StageOutcome.FIXED_REMOTELY))
    await reopened.finish()
    await reopened.do(reopen())
    for ticket in (held, retargeted, reopened):
        assert "**AI" in await ticket.advised()
    tickets = (held, retargeted, failed, reopened)
    before = [await knows(ticket) for ticket in tickets]
    for ticket in tickets:
        await forgotten(field.client, ticket.id)

    rescue = rescue_of(field)
    numbers = {number async for number in rescue.open_tickets()}
    assert {ticket.number for ticket in tickets} <= numbers
    outcomes = await asyncio.gather(*(rescue.rescue(ticket.number, OPERATOR) for ticket in tickets))
    assert [(one.verdict, one.found) for one in outcomes if one] == [(Verdict.RESCUED, "not there")] * 4
    for ticket, state in zip(tickets, before, strict=True):
        assert plain(await knows(ticket)) == plain(state)
        await agrees_with_its_recomputation(ticket)
    assert before[2].visits[-1].visit == 2
    await held.do(resume())
    for ticket in tickets:
        await ticket.do(assign("ENG-004"))
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)


async def test_a_hold_and_a_threshold_that_were_due_meanwhile_happen_at_their_own_time(field: Field) -> None:
    ticket = await rich_ticket(field)
    await ticket.do(hold())
    until_ = (await knows(ticket)).holds[0].resume_at
    await forgotten(field.client, ticket.id)
    await rescued(field, ticket)
    await ticket.skip_time(40 * HOUR)
    record = await ticket.stored()
    resumed = [one for one in record["timeline"] if one["action"] == "ticket_resumed"]
    assert [datetime.fromisoformat(one["occurred_at"]) for one in resumed] == [until_]
    assert record["ticket"]["status"] == "open"
    await agrees_with_its_recomputation(ticket)


# -- again, and at once ------------------------------------------------------------------------------------------------


async def test_of_many_who_rescue_at_once_one_does(field: Field) -> None:
    ticket = await field.open()
    await ticket.advised()
    before = await knows(ticket)
    await ticket.handle.terminate()
    outcomes = await asyncio.gather(*(rescue_of(field).rescue(ticket.number, OPERATOR) for _ in range(6)))
    verdicts = sorted(one.verdict.value for one in outcomes if one)
    assert verdicts == ["healthy"] * 5 + ["rescued"]
    assert plain(await knows(ticket)) == plain(before)
    assert [one["action"] for one in await ticket.audit()].count("ticket_rescued") == 1
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)


async def test_a_rescue_that_was_killed_before_it_started_the_run_is_repeated(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await field.open()
    await ticket.stored()
    await ticket.handle.terminate()

    class KilledError(Exception):
        pass

    async def die(*_: object) -> str:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr("starter.rescuing.rescue.start_further", die)
        with pytest.raises(KilledError):
            await rescue_of(field).rescue(ticket.number, OPERATOR)
    assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    await rescued(field, ticket)
    assert [one["action"] for one in await ticket.audit()].count("ticket_rescued") == 1
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)


async def test_a_ticket_that_is_rescued_twice_has_both_on_record(field: Field) -> None:
    ticket = await field.open()
    for _ in range(2):
        await ticket.stored()
        await ticket.handle.terminate()
        await rescued(field, ticket)
    assert [one["action"] for one in await ticket.audit()].count("ticket_rescued") == 2
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)


# -- what is not to be trusted -----------------------------------------------------------------------------------------


async def test_a_record_that_contradicts_itself_is_named_and_left_alone_unless_somebody_says_so(field: Field) -> None:
    ticket = await field.open()
    await ticket.stored()
    await ticket.handle.terminate()
    async with field.owner.session() as session:
        await (await session.connection()).execute(
            text(
                "UPDATE sla_clocks SET target = target * 2 WHERE name = 'resolution' AND ticket_id = "
                "(SELECT id FROM service_tickets WHERE number = :number)"
            ),
            {"number": ticket.number},
        )
    outcome = await rescue_of(field).rescue(ticket.number, OPERATOR)
    assert outcome is not None
    assert outcome.verdict is Verdict.REFUSED
    assert "clock resolution: target: by the facts 2 days, 12:00:00, on record 5 days" in outcome.sentence
    assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    outcome = await rescued(field, ticket, anyway=True)
    [entry] = [one for one in (await ticket.stored())["timeline"] if one["action"] == "ticket_rescued"]
    assert tuple(entry["new_value"]["unproved"]) == outcome.differences
    assert (await ticket.finish()).status is TicketStatus.CLOSED


# -- over --------------------------------------------------------------------------------------------------------------


async def test_a_sign_off_that_was_acknowledged_and_never_recorded_is_one(
    skipper: TimeSkipper, service_url: str
) -> None:
    proxy = Proxy.to(service_url)
    await proxy.mend()
    away, database = Database(proxy.through(service_url), pool_size=2), Database(service_url)
    async with serving(skipper, away) as field:
        ticket = await field.open()
        await ticket.do(complete("remote_diagnosis", by="ENG-004", outcome=StageOutcome.FIXED_REMOTELY))
        await ticket.stored()
        await proxy.cut()
        await ticket.do(complete("completion_sign_off", by="ENG-004"))
        await ticket.handle.terminate()
    served = Field(skipper, database, field.task_queue)
    outcome = await rescue_of(served).rescue(ticket.number, OPERATOR)
    assert outcome is not None
    assert outcome.verdict is Verdict.RESCUED
    assert outcome.sentence == f"Ticket {ticket.number} is closed, as was acknowledged."
    [row] = await served.rows("SELECT status FROM service_tickets WHERE workflow_id = :id", id=ticket.id)
    assert row["status"] == "closed"
    assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    outcome = await rescue_of(served).rescue(ticket.number, OPERATOR)
    assert outcome is not None
    assert (outcome.verdict, outcome.sentence) == (Verdict.OVER, f"Ticket {ticket.number} is closed.")
    await proxy.cut()
    await away.aclose()
    await database.aclose()


async def test_a_closed_ticket_is_reopened_from_its_record_when_temporal_has_forgotten_it(field: Field) -> None:
    ticket = await field.open()
    await ticket.finish()
    await ticket.stored()
    before = await knows(ticket)
    await forgotten(field.client, ticket.id)
    with pytest.raises(CommandRefused, match="Temporal has no ticket"):
        await ticket.do(reopen())  # by itself, without the record
    commands = TicketCommands(field.client, remember=partial(remember, field.database))
    first, second = reopen(), reopen()
    with patched_queue(field):
        answer = await commands.send(ticket.id, first)
    assert "is open again" in answer.message
    assert answer == await commands.send(ticket.id, first)
    with pytest.raises(CommandRefused, match="this one is open"):
        await commands.send(ticket.id, second)
    after = await knows(ticket)
    assert plain(after)["visits"][: len(before.visits)] == plain(before)["visits"]
    assert after.reopened == 1
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    await told_once(ticket)


async def test_a_closed_ticket_whose_history_does_not_replay_is_reopened_from_its_record(
    skipper: TimeSkipper, service_url: str
) -> None:
    database = Database(service_url)
    async with serving_another_version(skipper, database) as old:
        ticket = await old.open()
        await ticket.finish()
    async with serving(skipper, database, old.task_queue) as field:
        commands = TicketCommands(field.client, remember=partial(remember, database))
        assert "is open again" in (await commands.send(ticket.id, reopen())).message
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)
    await database.aclose()


async def test_an_open_ticket_that_temporal_has_forgotten_is_not_brought_back_by_reopening_it(field: Field) -> None:
    ticket = await field.open()
    await ticket.stored()
    await forgotten(field.client, ticket.id)
    commands = TicketCommands(field.client, remember=partial(remember, field.database))
    with pytest.raises(CommandRefused, match="was lost before the ticket was closed") as raised:
        await commands.send(ticket.id, reopen())
    assert f"`fieldcare ticket rescue {ticket.number}`" in in_terminal_words(raised.value)
    with pytest.raises(RPCError):
        await ticket.handle.describe()


@contextmanager
def patched_queue(field: Field) -> Iterator[None]:
    """Tickets that Temporal does not know go to the usual queue; the test's worker has another one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("starter.reopening.TICKETS_QUEUE", field.task_queue)
        yield
