"""What people are told when Temporal fails, at every code of gRPC, and what is tried again on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from temporalio.api.enums.v1 import ResourceExhaustedCause
from temporalio.api.errordetails.v1 import (
    NamespaceNotFoundFailure,
    ResourceExhaustedFailure,
    WorkflowNotReadyFailure,
)
from temporalio.service import RPCError, RPCStatusCode

from starter.calling import TemporalRefuses, TemporalUnavailable
from starter.cli.terminal import run
from starter.cli.terminal.failing import UNAVAILABLE, in_terminal_words
from starter.client import connect
from starter.commands import CommandNotConfirmed, StateUnknown, TicketCommands
from starter.embedded.stack import Stack
from starter.failures import NotConfirmed
from starter.intake import Intake
from tests.factories import complete, hold
from tests.field import Field, Ticket
from tests.temporal_proxy import TemporalProxy

pytestmark = pytest.mark.asyncio(loop_scope="session")

CODES = [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK]
REFUSING = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.FAILED_PRECONDITION,
}
"""Codes that waiting does not mend."""
LONG = timedelta(seconds=45)
CROWD = ResourceExhaustedFailure(cause=ResourceExhaustedCause.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT)
REMEDIES = ("try again", "Try again", "Send ", "Check ", "check ", "Start ", "Shorten ", "Look ", "operator")


class Reached:
    """A ticket, and a way to it that can be made to fail."""

    def __init__(self, ticket: Ticket, proxy: TemporalProxy, commands: TicketCommands) -> None:
        self.ticket = ticket
        self.proxy = proxy
        self.commands = commands


@asynccontextmanager
async def reached(field: Field, stack: Stack, within: timedelta = LONG) -> AsyncIterator[Reached]:
    """A ticket of one's own behind a proxy of one's own."""
    async with TemporalProxy(stack.addresses.temporal_address) as proxy:
        commands = TicketCommands(await connect(proxy.address), within)
        yield Reached(await field.open(engineer=None), proxy, commands)


def is_a_sentence(error: Exception) -> bool:
    """Whether a person can read it: a remedy, and nothing of gRPC's own."""
    said = str(error)
    own = ("made up", "grpc", "RPCError", "StatusCode", "h2", "transport error", "Unavailable")
    return any(word in said for word in REMEDIES) and not any(word in said for word in own)


async def held_once(ticket: Ticket) -> bool:
    """Whether a hold was applied, and exactly once."""
    return [entry["action"] for entry in await ticket.audit()].count("ticket_held") == 1


@pytest.mark.parametrize("code", [code for code in CODES if code not in REFUSING | {grpc.StatusCode.NOT_FOUND}])
@pytest.mark.parametrize("afterwards", [False, True], ids=["lost on the way", "answer lost"])
async def test_a_command_gets_through_a_fault_that_passes_and_is_applied_once(
    field: Field, stack: Stack, code: grpc.StatusCode, afterwards: bool
) -> None:
    async with reached(field, stack) as way:
        way.proxy.fail("UpdateWorkflowExecution", code, times=2, afterwards=afterwards)
        answer = await way.commands.send(way.ticket.id, hold())
        assert "hold" in answer.message
        assert way.proxy.failed["UpdateWorkflowExecution"] == 2
        assert await held_once(way.ticket)


async def test_a_fault_that_lasts_longer_than_the_sdk_tries_is_outlived_and_one_that_stays_is_said(
    field: Field, stack: Stack
) -> None:
    """Every code side by side: Temporal fails for 12 s, then for the one half it is well again."""
    codes = [code for code in CODES if code not in REFUSING | {grpc.StatusCode.NOT_FOUND}]

    async def outlives(way: Reached, code: grpc.StatusCode) -> None:
        way.proxy.fail("UpdateWorkflowExecution", code)
        sent = asyncio.create_task(way.commands.send(way.ticket.id, hold()))
        await asyncio.sleep(12)  # the SDK itself tries for ten
        assert not sent.done()
        way.proxy.mend()
        assert "hold" in (await sent).message
        assert await held_once(way.ticket)

    async def is_told(way: Reached, code: grpc.StatusCode, details: Any = None, sentence: str = "") -> None:
        way.proxy.fail("UpdateWorkflowExecution", code, details=details)
        command = hold()
        with pytest.raises((TemporalUnavailable, CommandNotConfirmed), match=sentence) as told:
            await way.commands.send(way.ticket.id, command)
        assert is_a_sentence(told.value), told.value
        assert f"--command-id {command.command_id}: it is applied only once" in in_terminal_words(told.value)
        assert not isinstance(told.value, TemporalRefuses)

    async with AsyncExitStack() as exits:
        ways = [await exits.enter_async_context(reached(field, stack)) for _ in codes]
        others = [await exits.enter_async_context(reached(field, stack, timedelta(seconds=16))) for _ in codes]
        rated, crowded = [
            await exits.enter_async_context(reached(field, stack, timedelta(seconds=18))) for _ in range(2)
        ]
        exhausted = grpc.StatusCode.RESOURCE_EXHAUSTED
        await asyncio.gather(
            *(outlives(way, code) for way, code in zip(ways, codes, strict=True)),
            *(is_told(way, code) for way, code in zip(others, codes, strict=True)),
            is_told(rated, exhausted, ResourceExhaustedFailure(), "at a limit of its own"),
            is_told(crowded, exhausted, CROWD, "too many others are before it"),
        )


@pytest.mark.parametrize("code", [code for code in CODES if code in REFUSING])
async def test_what_temporal_refuses_is_said_at_once_and_not_tried_again(
    field: Field, stack: Stack, code: grpc.StatusCode
) -> None:
    async with reached(field, stack) as way:
        way.proxy.fail("UpdateWorkflowExecution", code)
        with pytest.raises(TemporalRefuses) as told:
            await way.commands.send(way.ticket.id, hold())
        assert way.proxy.calls["UpdateWorkflowExecution"] == 1
        assert "applied" not in str(told.value)
        assert any(word in str(told.value) for word in REMEDIES)


@pytest.mark.parametrize(
    ("code", "details", "sentence"),
    [
        (grpc.StatusCode.FAILED_PRECONDITION, WorkflowNotReadyFailure(), "can't go on: its workflow task fails"),
        (grpc.StatusCode.NOT_FOUND, NamespaceNotFoundFailure(), "does not have this namespace"),
    ],
    ids=["task fails", "namespace"],
)
async def test_details_say_what_a_code_does_not(
    field: Field, stack: Stack, code: grpc.StatusCode, details: Any, sentence: str
) -> None:
    async with reached(field, stack, timedelta(seconds=1)) as way:
        way.proxy.fail("UpdateWorkflowExecution", code, details=details)
        with pytest.raises((CommandNotConfirmed, TemporalRefuses), match=sentence):
            await way.commands.send(way.ticket.id, hold())


@pytest.mark.parametrize("code", CODES)
async def test_an_opening_gets_through_what_passes_and_says_what_does_not(
    field: Field, stack: Stack, code: grpc.StatusCode
) -> None:
    async with TemporalProxy(stack.addresses.temporal_address) as proxy:
        client = await connect(proxy.address)
        key = f"calling-{uuid4().hex[:10]}"
        proxy.fail("ExecuteMultiOperation", code, times=2, afterwards=True)
        way_in = Field(field.skipper, field.database, field.task_queue)
        way_in.intake = Intake(client, field.database, LONG, field.task_queue)
        if code in REFUSING:
            with pytest.raises(TemporalRefuses) as told:
                await way_in.report(key=key)
            assert any(word in str(told.value) for word in REMEDIES)
        elif code is grpc.StatusCode.NOT_FOUND:
            with pytest.raises(NotConfirmed, match=f"Temporal has ticket {key}.*not lost"):
                await way_in.report(key=key)
        else:
            assert (await way_in.report(key=key)).ticket.workflow_id == key
            assert proxy.failed["ExecuteMultiOperation"] == 2
        proxy.mend()
        await way_in.report(key=key)
        assert len(await field.rows("SELECT 1 FROM service_tickets WHERE idempotency_key = :key", key=key)) == 1


@pytest.mark.parametrize("method", ["QueryWorkflow", "DescribeWorkflowExecution", "SignalWorkflowExecution"])
async def test_nothing_else_that_asks_temporal_lets_a_grpc_error_out(field: Field, stack: Stack, method: str) -> None:
    async def asked(way: Reached, code: grpc.StatusCode) -> None:
        way.proxy.fail(method, code)
        with pytest.raises(Exception) as told:  # what it is not is the point
            if method == "QueryWorkflow":
                await way.commands.status(way.ticket.id)
            elif method == "DescribeWorkflowExecution":
                await way.commands.send(f"none-{uuid4().hex}", hold())
            else:
                await way.commands.signal_stage_completed(way.ticket.id, complete("remote_diagnosis"))
        assert not isinstance(told.value, RPCError), code
        assert "made up" not in str(told.value) or code in REFUSING, code
        assert str(told.value).count(". ") <= 3, code

    async with AsyncExitStack() as exits:  # side by side: to find out why nothing answers takes some seconds each time
        ways = [await exits.enter_async_context(reached(field, stack, timedelta(seconds=1))) for _ in CODES]
        await asyncio.gather(*(asked(way, code) for way, code in zip(ways, CODES, strict=True)))


async def test_where_nothing_answers_at_all_no_worker_is_blamed(field: Field, stack: Stack) -> None:
    async with AsyncExitStack() as exits:
        proxy = await exits.enter_async_context(TemporalProxy(stack.addresses.temporal_address))
        client = await connect(proxy.address)
        ticket = await field.open(engineer=None)
        await exits.aclose()
        with pytest.raises(TemporalUnavailable, match="Temporal does not answer"):
            await TicketCommands(client, timedelta(seconds=1)).send(ticket.id, hold())
        with pytest.raises(TemporalUnavailable, match="Temporal does not answer"):
            await TicketCommands(client, timedelta(seconds=1)).status(ticket.id)


async def test_a_server_that_stands_still_is_no_missing_worker_either(field: Field, stack: Stack) -> None:
    async with reached(field, stack, timedelta(seconds=1)) as way:
        way.proxy.silent = True
        with pytest.raises(TemporalUnavailable, match=r"Temporal does not answer.*applied only once"):
            await way.commands.send(way.ticket.id, hold())


@pytest.mark.parametrize("code", list(RPCStatusCode))
async def test_a_grpc_error_that_nobody_expected_is_a_sentence_at_the_terminal(
    code: RPCStatusCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(run.err, "print", lambda text, **_: said.append(text))

    def work() -> int:
        raise RPCError("raw words", code, b"")

    assert run._guarded(work) == UNAVAILABLE
    assert said[0].startswith("fieldcare: ")
    assert any(remedy in said[0] for remedy in REMEDIES), said[0]


async def test_a_ticket_whose_task_fails_is_said_to_be_one(field: Field, stack: Stack) -> None:
    async with reached(field, stack, timedelta(seconds=1)) as way:
        details = WorkflowNotReadyFailure()
        way.proxy.fail("QueryWorkflow", grpc.StatusCode.FAILED_PRECONDITION, details=details)
        with pytest.raises(StateUnknown, match="can't go on: its workflow task fails"):
            await way.commands.status(way.ticket.id)
