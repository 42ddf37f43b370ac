"""`fieldcare ai …`, as operators and programs see it."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from models.database import DatabaseUnavailable
from models.sql_functions import SqlFunction
from tests.ai_server import AiServer, Fails
from tests.field import Field, Ticket
from tests.starter.terminal import Environment, answer, clean_environment, fieldcare

CALL_STAGE = {"key": "remote_diagnosis", "visit": 1}
CALL = {"attempt": 1, "provider": "openai", "task": "diagnosis", "failures_to_open": 5, "cool_down": 60}
MESSAGES = [{"role": "system", "content": "You help."}, {"role": "user", "content": "What is it?"}]


OPENED = (
    "UPDATE ai_providers SET circuit = 'open', circuit_opened_at = now(), circuit_retry_at = now() + interval '1 h' "
    "WHERE code = 'anthropic'"
)
CLOSED = "UPDATE ai_providers SET circuit = 'closed', circuit_opened_at = NULL, circuit_retry_at = NULL"


async def change(ticket: Ticket, statement: str) -> None:
    """Something that an operator does with SQL."""
    async with ticket.field.owner.session() as session:
        await (await session.connection()).execute(text(statement))


async def recorded(
    field: Field, ticket_id: UUID, outcome: str, cost: str | None, provider: str = "openai", **said: Any
) -> None:
    """One call about the diagnosis of a ticket."""
    begun = {**CALL, "session_id": str(uuid4()), "vision": False, "input_tokens": 2_000, "output_tokens": 500}
    begun |= {"ticket_id": str(ticket_id), "provider": provider}
    await field.database.call(SqlFunction.BEGIN_AI_CALL, json.dumps(begun))
    end = {
        **begun,
        "stage": {"key": "remote_diagnosis", "visit": 1},
        "outcome": outcome,
        "cost_usd": cost,
        "messages": MESSAGES,
        "answer": {"latency": 1.25, "prompt_hash": "ab" * 32, **said},
    }
    assert await field.database.call(SqlFunction.RECORD_AI_CALL, json.dumps(end))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ticket(field: Field) -> Ticket:
    """A ticket that AI was asked about twice more, after the built-in provider had answered."""
    opened = await field.open()
    await opened.advised()
    stored = (await opened.stored())["ticket"]
    await recorded(field, stored["id"], "rate_limited", "0", error="HTTP 429: slow down")
    said: dict[str, Any] = {
        "content": "The sensor",
        "input_tokens": 1_001,
        "cached_input_tokens": 300,
        "output_tokens": 77,
    }
    await recorded(field, stored["id"], "answered", "0.005410", request_id="req_7", finish_reason="stop", **said)
    return opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def env(service_url: str) -> Environment:
    return {**clean_environment(), "FIELDCARE_DATABASE_URL": service_url}


async def test_a_call_whose_worker_died_is_shown_with_what_it_may_have_cost(env: Environment, field: Field) -> None:
    ticket = await field.open()
    await ticket.advised()
    stored = (await ticket.stored())["ticket"]
    begun = {**CALL, "session_id": str(uuid4()), "vision": False, "input_tokens": 2_000, "output_tokens": 500}
    await field.database.call(SqlFunction.BEGIN_AI_CALL, json.dumps({**begun, "ticket_id": stored["id"]}))
    shown = " ".join(fieldcare(env, "ai", "conversation", ticket.number).stdout.split())
    assert "openai gpt-4o, try 1: no end on record; under way, or its worker died." in shown
    assert "It may have cost up to US$ 0.017500." in shown
    [lost] = answer(env, "ai", "conversation", ticket.number)["unsettled"]
    assert (lost["session_id"], lost["ended_at"], lost["reserved_usd"]) == (begun["session_id"], None, 0.0175)

    await recorded(field, stored["id"], "timed_out", None, "anthropic", error="no answer within 60 s")
    shown = fieldcare(env, "ai", "conversation", ticket.number).stdout
    assert "0 + 0 tokens · cost unknown, up to US$ 0.009000 ·" in shown
    assert "2 calls, 1 of them failed; US$ 0.000000 in all, and up to US$ 0.026500 that nobody knows." in shown
    found = answer(env, "ai", "conversation", ticket.number)
    assert (found["messages"][-1]["cost_usd"], found["messages"][-1]["reserved_usd"]) == (None, 0.009)
    assert [one["outcome"] for one in found["unsettled"]] == [None, "timed_out"]


async def test_a_conversation_is_shown_in_its_gist(env: Environment, ticket: Ticket) -> None:
    shown = fieldcare(env, "ai", "conversation", ticket.number).stdout
    assert len(shown) < 2_000, "what was sent is some 10,000 characters"
    assert "Diagnosis · openai gpt-4o · remote diagnosis, visit 1" in shown
    assert "asked in 2 messages of 20 characters (--full shows them)" in shown
    assert " Failed: HTTP 429: slow down\n  0 + 0 tokens · US$ 0.000000 · 1 s\n" in shown
    assert " The sensor\n  1,001 (300 cached) + 77 tokens · US$ 0.005410 · 1 s\n" in shown
    assert "Found by the fault knowledge base" in shown, "the summary of an answer that has one"
    assert '"hypotheses"' not in shown
    assert "3 calls, 1 of them failed; US$ 0.005410 in all." in shown


async def test_an_abstention_is_no_failure(env: Environment, field: Field) -> None:
    before = answer(env, "ai", "providers")["providers"][-1]
    ticket = await field.open()
    await ticket.advised()
    stored = (await ticket.stored())["ticket"]
    why = "the description names no symptom"
    await recorded(field, stored["id"], "abstained", "0", "local", error=why, finish_reason="abstained")
    shown = fieldcare(env, "ai", "conversation", ticket.number).stdout
    assert f" Abstained: {why}\n" in shown
    assert "2 calls, none of them failed, 1 abstained;" in shown
    after = answer(env, "ai", "providers")["providers"][-1]
    assert (after["code"], after["failed_calls"]) == ("local", before["failed_calls"])
    assert after["abstained_calls"] == before["abstained_calls"] + 1
    assert (after["circuit"], after["health"], after["last_error"]) == ("closed", "healthy", None)


async def test_a_conversation_is_shown_whole_to_whoever_wants_it(env: Environment, ticket: Ticket) -> None:
    shown = fieldcare(env, "ai", "conversation", ticket.number, "--full").stdout
    assert "Diagnosis · openai gpt-4o · remote diagnosis, visit 1" in shown
    assert "Failed: HTTP 429: slow down" in shown
    assert (
        "1,001 (300 cached) + 77 tokens · US$ 0.005410 · 1 s · stop · req_7 · prompt abababababab\nThe sensor" in shown
    )
    assert "3 calls, 1 of them failed; US$ 0.005410 in all." in shown


async def test_programs_get_every_message_with_every_figure(env: Environment, ticket: Ticket) -> None:
    messages = answer(env, "ai", "conversation", ticket.number)["messages"]
    assert [one["role"] for one in messages] == ["system", "user", "assistant"] * 3
    last = messages[-1]
    assert (last["cost_usd"], last["latency"], last["request_id"]) == (0.00541, 1.25, "req_7")
    assert (last["stage_key"], last["visit"], last["prompt_hash"]) == ("remote_diagnosis", 1, "ab" * 32)


async def test_providers_are_listed_with_state_spend_and_error_rate(env: Environment, ticket: Ticket) -> None:
    openai = answer(env, "ai", "providers")["providers"][0]
    assert (openai["code"], openai["circuit"], openai["health"]) == ("openai", "closed", "healthy")
    assert (openai["calls"], openai["error_rate"], openai["spent_usd"]) == (2, 50, 0.00541)
    lines = fieldcare(env, "ai", "providers").stdout.splitlines()
    assert lines[1].split()[:9] == ["openai", "in", "service", "no", "healthy", "gpt-4o", "2", "1", "(50"]


async def test_what_a_provider_does_is_said_in_words_that_sound_like_it(env: Environment, ticket: Ticket) -> None:
    def state_and_key(**more: str) -> list[str]:
        line = fieldcare({**env, **more}, "ai", "providers").stdout.splitlines()[1]
        return [part for part in line.split("  ") if part][1:3]

    without = {"OPENAI_API_KEY": ""}
    assert [part.strip() for part in state_and_key(**without)] == ["in service", "no"]
    assert state_and_key(OPENAI_API_KEY="key-of-a-test")[1].strip() == "yes"
    assert answer({**env, **without}, "ai", "providers")["providers"][0]["has_key"] is False
    assert answer(env, "ai", "providers")["providers"][-1]["has_key"] is None, "the built-in one needs none"
    await change(
        ticket,
        "UPDATE ai_providers SET circuit = 'open', circuit_opened_at = now(), "
        "circuit_retry_at = now() + interval '90 minutes 30 seconds' WHERE code = 'openai'",
    )
    try:
        assert state_and_key(**without)[0].strip() == "resting after failures for 1 h 30 min"
    finally:
        await change(ticket, CLOSED)


async def test_the_model_is_the_one_that_is_asked_and_a_limit_that_is_reached_is_said(
    env: Environment, ticket: Ticket
) -> None:
    await change(ticket, "UPDATE ai_providers SET daily_spend_limit_usd = 0.02 WHERE code = 'openai'")
    await change(ticket, "UPDATE ai_providers SET active = false WHERE code = 'local'")
    try:
        named = {**env, "FIELDCARE_ANTHROPIC_MODEL": "claude-3-opus-20240229"}
        openai, anthropic, local = answer(env, "ai", "providers")["providers"]
        assert anthropic["default_model"] == "claude-3-5-sonnet-20241022"
        assert anthropic["model"] == anthropic["asked_models"]["diagnosis"] == "claude-sonnet-5-5"
        assert (openai["at_spend_limit"], anthropic["at_spend_limit"]) == (True, False)
        assert (local["active"], local["health"]) == (False, None)
        lines = [" ".join(one.split()) for one in fieldcare(named, "ai", "providers").stdout.splitlines()]
        assert lines[1].startswith("openai in service, at its limit until 00:00 UTC no healthy gpt-4o ")
        assert lines[2].startswith("anthropic in service ")
        assert " claude-3-opus-20240229 " in lines[2]
        assert lines[3].startswith("local not in use ")
        assert "healthy" not in lines[3]
    finally:
        await change(ticket, "UPDATE ai_providers SET daily_spend_limit_usd = 25 WHERE code = 'openai'")
        await change(ticket, "UPDATE ai_providers SET active = true")


async def test_a_check_is_noted_and_lets_the_next_ticket_try(env: Environment, ticket: Ticket) -> None:
    await change(ticket, OPENED)
    async with AiServer() as server:
        server.will("openai models", Fails(503, "gone fishing"))
        done = await asyncio.to_thread(fieldcare, {**env, **server.environment}, "ai", "check")
    assert done.returncode == 1
    shown = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert shown[1].startswith("openai no HTTP 503: ")
    assert "gone fishing" in shown[1]
    assert shown[2].startswith("anthropic yes ")
    assert shown[3].startswith("local yes ")
    openai, anthropic, _ = answer(env, "ai", "providers")["providers"]
    assert (openai["health"], openai["circuit"]) == ("down", "closed")
    assert (anthropic["health"], anthropic["circuit"]) == ("degraded", "open")
    assert anthropic["circuit_retry_at"] == anthropic["last_checked_at"]
    await change(ticket, CLOSED)


async def test_what_people_wrote_steers_no_terminal(env: Environment, field: Field) -> None:
    opened = await field.report(key=f"steer-{uuid4().hex}", description="Alarm \x1b[31mred \x9b2J \u202egnp.exe")
    number = opened.ticket.number
    shown = fieldcare(env, "ticket", "show", number).stdout
    assert "Alarm ␛[31mred \ufffd2J \ufffdgnp.exe" in shown
    as_json = fieldcare(env, "ticket", "show", number, "--json").stdout
    assert "Alarm \\u001b[31mred \\u009b2J \\u202egnp.exe" in as_json
    for steering in ("\x1b", "\x9b", "\u202e"):
        assert steering not in shown + as_json


async def test_a_model_that_does_not_exist_is_named_where_somebody_looks(env: Environment) -> None:
    async with AiServer() as server:
        wrong = {**env, **server.environment, "FIELDCARE_OPENAI_MODEL": "no-such-model"}
        done = await asyncio.to_thread(fieldcare, wrong, "ai", "check")
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "FIELDCARE_OPENAI_MODEL names no-such-model, which is no model in use: unset it, or take one of" in told
    listed = answer(wrong, "ai", "providers")["providers"]
    assert [(one["model"], bool(one["model_fault"])) for one in listed[:2]] == [
        (None, True),
        ("claude-sonnet-5-5", False),
    ]


async def test_without_keys_nobody_is_asked(env: Environment) -> None:
    done = fieldcare({**env, "OPENAI_API_KEY": "", "ANTHROPIC_API_KEY": ""}, "ai", "check")
    assert done.returncode == 0
    assert "OPENAI_API_KEY is not set here" in done.stdout


async def test_a_ticket_that_does_not_exist_is_named(env: Environment) -> None:
    done = fieldcare(env, "ai", "conversation", "FC-2000-000001")
    assert (done.returncode, done.stderr) == (
        1,
        "fieldcare: There is no ticket FC-2000-000001. List them with `fieldcare ticket list`.\n",
    )


async def test_a_visit_that_is_not_stored_yet_is_waited_for(field: Field, ticket: Ticket) -> None:
    """A further visit is asked about as soon as it is decided, and the answer may be there before its row is."""
    begun = {**CALL, "session_id": str(uuid4()), "vision": False, "input_tokens": 2_000, "output_tokens": 500}
    ticket_id = str((await ticket.stored())["ticket"]["id"])
    await field.database.call(SqlFunction.BEGIN_AI_CALL, json.dumps({**begun, "ticket_id": ticket_id}))
    end = {
        **begun,
        "ticket_id": ticket_id,
        "stage": {"key": "remote_diagnosis", "visit": 2},
        "outcome": "answered",
        "cost_usd": "0.001",
        "messages": MESSAGES,
        "answer": {"latency": 1.25, "prompt_hash": "ab" * 32, "content": "The sensor"},
    }
    with pytest.raises(DatabaseUnavailable):
        await field.database.call(SqlFunction.RECORD_AI_CALL, json.dumps(end))
    assert await field.rows("SELECT id FROM ai_conversations WHERE session_id = :id", id=begun["session_id"]) == []
    assert await field.database.call(SqlFunction.RECORD_AI_CALL, json.dumps({**end, "stage": CALL_STAGE}))
