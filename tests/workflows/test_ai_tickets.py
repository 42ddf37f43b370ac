"""Whole tickets, from the report to the sign-off, while the providers of AI behave in every way that they can.

Whatever happens, the ticket closes, every request is on record once, and the costs add up to the micro-dollar.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.testing import TimeSkipper

from models.contracts.commands import Cancel
from models.database import Database
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary import StageOutcome, TicketStatus
from starter.embedded.stack import Stack
from tests.ai_server import AiServer, Breaks, Drops, Fails, Hangs, Move, Says, Waits
from tests.ai_server.moves import Stop
from tests.clusters import TEMPLATE
from tests.counting import CountingDatabase
from tests.databases import as_role, make_database
from tests.diagnosing import LEAK, STAGE, answer, asked_as, asking, just_reported, reported
from tests.factories import COORDINATOR, command_id, complete
from tests.field import Field, Ticket
from tests.waiting import until
from worker import build_worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOON = {"retry-after-ms": "20"}
PATIENT = Settings(ai_failures_to_open=1000, graceful_shutdown=timedelta(seconds=1))
"""No circuit opens because of failures in a row: here tickets of all kinds run side by side."""


@dataclass(frozen=True)
class House:
    """A service with both providers, its books, and its own database."""

    field: Field
    server: AiServer
    sql: asyncpg.Connection
    database: CountingDatabase
    url: str
    owner_url: str

    async def calls(self, ticket: Ticket) -> list[tuple[str, str | None, Decimal | None]]:
        """Provider, outcome and cost of every request for a ticket, in their order."""
        rows = await self.sql.fetch(
            """
            SELECT p.code, c.outcome, c.cost_usd
            FROM ai_calls AS c JOIN ai_providers AS p ON p.id = c.provider_id
            JOIN service_tickets AS t ON t.id = c.ticket_id
            WHERE t.number = $1
            ORDER BY c.began_at
            """,
            ticket.number,
        )
        return [tuple(row) for row in rows]

    async def recorded_once(self, ticket: Ticket, words: str) -> None:
        """Every request that the server got about `words` is in both books, once, and they say the same of its cost."""
        calls = await self.calls(ticket)
        for provider in ("openai", "anthropic"):
            assert len(self.server.asked(provider, about(words))) == [one[0] for one in calls].count(provider)
        said = await self.sql.fetch(
            "SELECT m.cost_usd FROM ai_conversations AS m JOIN service_tickets AS t ON t.id = m.ticket_id "
            "WHERE t.number = $1 AND m.role = 'assistant'",
            ticket.number,
        )
        assert len(said) == len(calls)
        assert sum(row["cost_usd"] for row in said) == sum(one[2] or Decimal(0) for one in calls)

    async def as_new(self) -> None:
        """The providers as on their first day."""
        self.server.forget()
        self.server.usually = {"openai": Says(answer()), "anthropic": Says(answer())}
        await self.sql.execute(
            "UPDATE ai_providers SET circuit = 'closed', circuit_opened_at = NULL, circuit_retry_at = NULL, "
            "health = 'unknown', consecutive_failures = 0, last_error = NULL, request_timeout = '20 s', "
            "daily_spend_limit_usd = 25, active = true"
        )


@asynccontextmanager
async def opened(stack: Stack, postgres_url: str, skipper: TimeSkipper, settings: Settings) -> AsyncIterator[House]:
    owner = await make_database(stack.addresses.database_url, f"ai_tickets_{uuid4().hex}", TEMPLATE)
    sql = await asyncpg.connect(owner)
    await sql.execute("UPDATE ai_providers SET requests_per_minute = NULL")  # they are read when workers start
    # Every request of a ticket is counted here, and there is one question: its diagnosis.
    await sql.execute("UPDATE workflow_ai_configuration SET enabled = false WHERE task <> 'diagnosis'")
    url = as_role(owner, stack.addresses.workers_url)
    database = CountingDatabase(url)
    async with AiServer() as server, asking(skipper, database, server.environment, settings) as field:
        yield House(field, server, sql, database, url, owner)
    await sql.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def open_house(stack: Stack, postgres_url: str, skipper: TimeSkipper) -> AsyncIterator[House]:
    async with opened(stack, postgres_url, skipper, PATIENT) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def house(open_house: House) -> House:
    await open_house.as_new()
    return open_house


def about(words: str) -> Callable[[str], bool]:
    """Whether a request is about a description with these words; the unit's earlier tickets come after it."""
    return lambda body: words in body.partition("Earlier ticket ")[0]


async def story(ticket: Ticket) -> str:
    """Whom the ticket has asked, as an operator reads it in the Temporal UI."""
    [told] = [line for line in (await ticket.advised()).splitlines() if "diagnosis: " in line]
    return told.split("diagnosis: ")[1]


@dataclass(frozen=True)
class Case:
    """What OpenAI does with the requests of one ticket, and what the ticket's story says of it then."""

    story: str
    moves: tuple[Move, ...]
    outcome: str | None = None


AWAY = "openai {} → anthropic"
CASES = {
    "up": Case("openai", ()),
    "bad-request": Case(AWAY.format(400), (Fails(400),), "rejected"),
    "too-large": Case(AWAY.format(413), (Fails(413),), "rejected"),
    "request-timeout": Case(AWAY.format(408), (Fails(408, headers=SOON),) * 3, "timed_out"),
    "rate-limited-ms": Case(AWAY.format(429), (Fails(429, headers=SOON),) * 3, "rate_limited"),
    "rate-limited-s": Case("openai", (Fails(429, headers={"retry-after": "1"}),), "rate_limited"),
    "server-error": Case(AWAY.format(500), (Fails(500, headers=SOON),) * 3, "unavailable"),
    "no-service": Case(AWAY.format(503), (Fails(503, headers=SOON),) * 3, "unavailable"),
    "overloaded": Case(AWAY.format(529), (Fails(529, headers=SOON),) * 3, "unavailable"),
    "one-hiccup": Case("openai", (Fails(500, headers=SOON),), "unavailable"),
    "dropped": Case("openai", (Drops(),), "unavailable"),
    "dropped-midway": Case("openai", (Drops(in_the_middle=True),), "unavailable"),
    "broken-json": Case(AWAY.format("does not fit"), (Breaks(b'{"choices": ['),), "bad_answer"),
    "a-web-page": Case(AWAY.format("does not fit"), (Breaks(b"<html>", "text/html"),), "bad_answer"),
    "another-form": Case(AWAY.format("does not fit"), (Says('{"cause": 1}'),), "bad_answer"),
    "refusal": Case(AWAY.format("refusal"), (Says("No.", stop=Stop.REFUSAL),), "bad_answer"),
    "truncated": Case(AWAY.format("truncated"), (Says(answer()[:90], stop=Stop.LENGTH),), "bad_answer"),
    "invented-code": Case(AWAY.format("does not hold"), (Says(answer(problem_code="Z9")),), "bad_answer"),
    "slow": Case("openai", (Waits(1.0, Says(answer())),)),
}


async def test_however_openai_behaves_the_ticket_closes_and_the_books_are_right(house: House) -> None:
    async def life(name: str, case: Case) -> Ticket:
        house.server.will_where(about(f"case {name}."), "openai", *case.moves)
        ticket = await reported(house.field, f"{LEAK}, case {name}.")
        assert await story(ticket) == case.story, name
        if name != "up":  # the way of most tickets is long, and the same for all that comes after the diagnosis
            await ticket.do(complete(STAGE, by="ENG-004", outcome=StageOutcome.FIXED_REMOTELY))
        assert (await ticket.finish()).status is TicketStatus.CLOSED, name
        await ticket.stored()
        return ticket

    tickets = dict(zip(CASES, await asyncio.gather(*(life(*one) for one in CASES.items())), strict=True))
    total = Decimal(0)
    for name, case in CASES.items():
        await house.recorded_once(tickets[name], f"case {name}.")
        calls = await house.calls(tickets[name])
        answered = case.story.rsplit(" ", 1)[-1]
        assert [one[:2] for one in calls][-1] == (answered, "answered"), name
        assert {one[1] for one in calls[:-1]} == ({case.outcome} if case.outcome else set()), name
        # 1,200 tokens in, 300 out, at 5 and 15 US$ a million, or 2 and 10.
        price = {"openai": Decimal("0.010500"), "anthropic": Decimal("0.005400")}
        assert calls[-1][2] == price[answered], name
        total += sum(one[2] or Decimal(0) for one in calls)
    spent = await house.sql.fetchval("SELECT sum(spent_usd) FROM list_ai_providers()")
    assert spent == total


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_key_that_is_not_taken_costs_one_request_and_no_ticket(house: House, status: int) -> None:
    house.server.usually["openai"] = Fails(status)
    for words, told in (("first", f"openai {status} → anthropic"), ("second", "openai circuit open → anthropic")):
        ticket = await reported(house.field, f"{LEAK}, {words} of {status}.")
        assert await story(ticket) == told
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await house.recorded_once(ticket, f"{words} of {status}.")
    assert len(house.server.asked("openai")) == 1


async def test_with_both_down_the_built_in_engine_answers_and_what_it_does_not_know_a_human_is_asked(
    house: House,
) -> None:
    house.server.usually = {"openai": Fails(500, headers=SOON), "anthropic": Fails(529, headers=SOON)}
    ticket = await reported(house.field)
    assert await story(ticket) == "openai 500 → anthropic 529 → local"
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    assert [one[:2] for one in await house.calls(ticket)] == [
        *[("openai", "unavailable")] * 3,
        *[("anthropic", "unavailable")] * 3,
        ("local", "answered"),
    ]

    ticket = await reported(house.field, "Growls like a tired bulldog at teatime")
    told = await story(ticket)
    assert told.startswith("openai 500 → anthropic 529 → local abstained → nobody: the description names no symptom")
    assert "**Needed to complete:** diagnosis_summary" in await ticket.details(), "an engineer is asked"
    assert ("local", "abstained") in [one[:2] for one in await house.calls(ticket)]
    assert (await ticket.finish()).status is TicketStatus.CLOSED


async def test_where_no_provider_is_in_use_the_ticket_says_so_with_the_remedy(house: House) -> None:
    await house.sql.execute("UPDATE ai_providers SET active = false")
    ticket = await reported(house.field)
    told = await story(ticket)
    assert told.startswith("AI has no provider → nobody: no provider is in use that has its key and a model for this")
    [entry] = [one for one in (await ticket.stored())["timeline"] if one["action"] == "ai_unanswered"]
    assert entry["new_value"]["story"] == "diagnosis: AI has no provider → nobody"
    assert "set `active` of one in ai_providers" in entry["reason"]
    assert (await ticket.finish()).status is TicketStatus.CLOSED


async def test_a_provider_that_hangs_costs_its_time_out_and_not_the_ticket(house: House) -> None:
    await house.sql.execute("UPDATE ai_providers SET request_timeout = '1 s' WHERE code = 'openai'")
    house.server.will("openai", Hangs())
    opened = await just_reported(house.field)
    assert await story(opened) == "openai timeout → anthropic"
    assert (await opened.finish()).status is TicketStatus.CLOSED
    calls = await house.calls(opened)
    assert [one[:2] for one in calls] == [("openai", "timed_out"), ("anthropic", "answered")]
    assert calls[0][2] is None, "it may have been charged, and nobody knows"
    assert await house.sql.fetchval("SELECT reserved_usd FROM list_ai_providers() WHERE code = 'openai'") > 0


async def test_nobody_waits_for_ai(house: House) -> None:
    """An engineer who knows completes the stage while the question is out; what comes then changes nothing any more."""
    house.server.will("openai", Hangs())
    await house.sql.execute("UPDATE ai_providers SET request_timeout = '1 s' WHERE code = 'openai'")
    ticket = await just_reported(house.field)
    await house.server.until_asked("openai")
    await ticket.do(complete(STAGE, by="ENG-004"))
    await ticket.in_stage("parts_identification")

    async def answered() -> bool:
        return ("anthropic", "answered") in [one[:2] for one in await house.calls(ticket)]

    await until(answered)
    assert (await ticket.status()).active_stages == ("parts_identification",)
    assert (await ticket.stored())["diagnoses"] == []
    [late] = await house.sql.fetch(
        "SELECT d.status FROM ai_diagnosis_results AS d JOIN service_tickets AS t ON t.id = d.ticket_id "
        "WHERE t.number = $1",
        ticket.number,
    )
    assert late["status"] == "superseded", "nobody waits for a decision on it"
    assert (await ticket.finish()).status is TicketStatus.CLOSED


async def test_a_ticket_that_is_cancelled_during_a_question_ends_without_noise(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.server.will("openai", Hangs())
    ticket = await just_reported(house.field)
    await house.server.until_asked("openai")
    caplog.clear()
    await ticket.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Reported twice"))
    assert (await ticket.handle.result()).status is TicketStatus.CANCELLED
    gc.collect()
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_provider_that_is_limited_for_minutes_is_left_alone_and_asked_when_it_is_back(house: House) -> None:
    house.server.will("openai", Fails(429, headers={"retry-after": "180"}))
    ticket = await reported(house.field)
    assert await story(ticket) == "openai 429 → anthropic"
    await ticket.do(complete(STAGE, by="ENG-004"))
    await ticket.do(complete("parts_identification", by="ENG-004"))
    await ticket.do(complete("parts_procurement", by="ENG-004"))

    async def failed_test(told: str) -> None:
        """The repair has not helped: a further visit to the diagnosis, and AI is asked once more."""
        await ticket.do(complete("onsite_repair", by="ENG-004", outcome=StageOutcome.TEST_FAILED, return_to=STAGE))
        assert await story(ticket) == told
        for key in (STAGE, "parts_identification", "parts_procurement"):
            await ticket.do(complete(key, by="ENG-004"))

    await failed_test("openai circuit open → anthropic")
    waits = await house.sql.fetchval("SELECT circuit_retry_at - now() FROM ai_providers WHERE code = 'openai'")
    assert timedelta(minutes=2) < waits <= timedelta(minutes=3)
    # Circuits go by the database's own time, which no test can skip: the minutes are over.
    await house.sql.execute("UPDATE ai_providers SET circuit_retry_at = now() WHERE code = 'openai'")
    await failed_test("openai")
    assert await house.sql.fetchval("SELECT circuit FROM ai_providers WHERE code = 'openai'") == "closed"
    assert len(house.server.asked("openai")) == 2
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    assert [one[:2] for one in await house.calls(ticket)] == [
        ("openai", "rate_limited"),
        ("anthropic", "answered"),
        ("anthropic", "answered"),
        ("openai", "answered"),
    ]


async def test_a_diagnosis_adds_12_events_and_3_round_trips_to_a_ticket(house: House) -> None:
    async def events(ticket: Ticket) -> int:
        return len((await ticket.handle.fetch_history()).events)

    without = await asked_as(house.field, without_ai=True)
    await without.stored()
    house.database.called.clear()
    with_ai = await asked_as(house.field)
    await with_ai.advised()
    await with_ai.stored()
    assert 0 < await events(with_ai) - await events(without) <= 12
    asked = {name: times for name, times in house.database.called.items() if "ai" in name.split("_")}
    asked.pop(SqlFunction.LIST_AI_PROVIDERS, None)  # the workers' own look at circuits, every now and then
    assert asked == {"prepare_ai_question": 1, "begin_ai_call": 1, "record_ai_call": 1}


async def test_a_worker_killed_between_answer_and_record(
    house: House, stack: Stack, skipper: TimeSkipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows of the answer, so the question is put again: paid twice, both on record, and the ticket closes."""
    monkeypatch.setattr("workflows.options.AI_SILENCE", timedelta(seconds=6))
    queue = f"ai-killed-{uuid4().hex[:8]}"
    of_openai = {name: value for name, value in house.server.environment.items() if name.startswith("OPENAI_")}
    environment = {
        **os.environ,
        **of_openai,
        "FIELDCARE_DATABASE_URL": house.url,
        "TEMPORAL_ADDRESS": stack.addresses.temporal_address,
        "FIELDCARE_LOG_LEVEL": "WARNING",
    }

    def serve() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "tests.ai_process", queue], env=environment)

    database, other = Database(house.url), await asyncpg.connect(house.owner_url)
    lock, process = other.transaction(), serve()
    try:
        async with build_worker(skipper.client, database, Settings(), queue):
            field = Field(skipper, database, queue)
            await lock.start()
            await other.execute("LOCK TABLE ai_conversations IN SHARE MODE")  # it may be read, and not be written
            ticket = await just_reported(field)
            await house.server.until_asked("openai")

            async def wants_to_record() -> bool:
                return bool(
                    await house.sql.fetchval(
                        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ai_conversations'::regclass"
                    )
                )

            await until(wants_to_record)
            process.send_signal(signal.SIGKILL)
            process.wait()
            await house.sql.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks "
                "WHERE NOT granted AND relation = 'ai_conversations'::regclass"
            )
            await lock.rollback()
            process = serve()
            assert await story(ticket) == "openai"
            assert (await ticket.finish()).status is TicketStatus.CLOSED
            [found] = (await ticket.stored())["diagnoses"]
            assert found["provider_code"] == "openai"
        assert await house.calls(ticket) == [
            ("openai", None, None),
            ("openai", "answered", Decimal("0.010500")),
        ]
        assert len(house.server.asked("openai")) == 2
        [lost] = await house.sql.fetch(
            "SELECT u.* FROM service_tickets AS t, unsettled_ai_calls(t.id) AS u WHERE t.number = $1", ticket.number
        )
        assert (lost["provider_code"], lost["attempt"]) == ("openai", 1)
        [row] = await house.sql.fetch("SELECT spent_usd, reserved_usd FROM list_ai_providers() WHERE code = 'openai'")
        assert row["reserved_usd"] > 0, "the first one may have been charged"
    finally:
        process.kill()
        process.wait()
        await other.close()
        await database.aclose()
