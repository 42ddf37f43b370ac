"""AI calls in the database: who may ask, what it may cost, what a circuit does, every call on record once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.ai.calls.book import CircuitPolicy
from models.vocabulary.ai import CallOutcome, CircuitState, ProviderHealth
from tests.ai_circuit import Circuit

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HASH = "0" * 64
MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def tx(seeded: Any) -> AsyncIterator[Any]:
    """A connection to what is seeded; nothing stays of what a test does."""
    transaction = seeded.transaction()
    await transaction.start()
    yield seeded
    await transaction.rollback()


async def begin(tx: Any, session: UUID | None = None, at: datetime = NOON, **given: Any) -> dict[str, Any]:
    call = {
        "session_id": str(session or uuid4()),
        "attempt": 1,
        "provider": "openai",
        "task": "diagnosis",
        "vision": False,
        "input_tokens": 10_000,
        "output_tokens": 1_000,
        **given,
    }
    found: dict[str, Any] = json.loads(await tx.fetchval("SELECT begin_ai_call($1, $2)", json.dumps(call), at))
    return found


async def record(
    tx: Any, session: UUID, outcome: str = "answered", at: datetime = NOON, cost: str | None = "0.01", **given: Any
) -> bool:
    answer = {"content": "so", "latency": 1.5, "prompt_hash": HASH, "input_tokens": 9, "output_tokens": 3}
    if outcome != "answered":
        answer |= {"content": "", "error": f"it was {outcome}"}
    call = {
        "session_id": str(session),
        "attempt": 1,
        "task": "diagnosis",
        "outcome": outcome,
        "cost_usd": cost,
        "failures_to_open": 5,
        "cool_down": 60,
        "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": "what?"}],
        "answer": answer,
        **given,
    }
    return bool(await tx.fetchval("SELECT record_ai_call($1, $2)", json.dumps(call), at))


async def failed(tx: Any, times: int, at: datetime = NOON) -> None:
    for _ in range(times):
        session = uuid4()
        await begin(tx, session, at=at)
        await record(tx, session, "unavailable", at=at, cost="0")


async def provider(tx: Any, code: str = "openai") -> Any:
    return await tx.fetchrow("SELECT * FROM list_ai_providers($2) WHERE code = $1", code, NOON)


async def test_a_call_is_granted_with_model_prices_and_the_most_it_can_cost(tx: Any) -> None:
    verdict = await begin(tx)
    assert verdict["verdict"] == "granted"
    assert (verdict["model"], verdict["request_timeout"], verdict["output_tokens"]) == ("gpt-4o", 60, 1_000)
    assert Decimal(verdict["reserved_usd"]) == Decimal("0.065")  # 10,000 × 5 + 1,000 × 15
    assert (await provider(tx))["reserved_usd"] == Decimal("0.065")


async def test_asked_again_for_the_same_attempt_it_sets_nothing_more_aside(tx: Any) -> None:
    session = uuid4()
    assert await begin(tx, session) == await begin(tx, session)
    assert (await provider(tx))["reserved_usd"] == Decimal("0.065")


async def test_the_model_that_is_asked_is_told_and_not_the_one_that_was_retired(tx: Any) -> None:
    told = await provider(tx, "anthropic")
    assert told["default_model"] == "claude-3-5-sonnet-20241022"
    asked = json.loads(told["asked_models"])["diagnosis"]
    granted = await begin(tx, provider="anthropic")
    assert asked == granted["model"] != told["default_model"]
    await tx.execute("UPDATE ai_models SET active = false, is_default = false")
    assert (await provider(tx))["asked_models"] == "{}"


async def test_a_provider_is_at_its_limit_when_a_request_like_the_last_one_would_pass_it(tx: Any) -> None:
    assert not (await provider(tx))["at_spend_limit"]
    first = uuid4()
    await begin(tx, first)  # sets 0.065 aside
    for limit, is_at_it in (("0.13", False), ("0.12", True), ("0.06", True), ("0", True), (None, False)):
        await tx.execute(
            "UPDATE ai_providers SET daily_spend_limit_usd = $1 WHERE code = 'openai'", limit and Decimal(limit)
        )
        assert (await provider(tx))["at_spend_limit"] is is_at_it
        assert ((await begin(tx))["verdict"] == "spend_limit") is is_at_it
        await tx.execute("DELETE FROM ai_calls WHERE session_id <> $1", first)
    assert not (await provider(tx, "local"))["at_spend_limit"]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"provider": "nobody"}, "unknown"),
        ({"model": "gpt-1"}, "no_model"),
        ({"provider": "local", "vision": True}, "no_model"),
        ({"maximum_cost_usd": "0.06"}, "too_expensive"),
    ],
)
async def test_a_call_that_can_not_be_made_is_not_begun(tx: Any, given: dict[str, Any], verdict: str) -> None:
    assert (await begin(tx, **given))["verdict"] == verdict
    assert await tx.fetchval("SELECT count(*) FROM ai_calls") == 0


async def test_the_model_that_is_asked_for_is_taken_also_when_its_maker_has_set_an_end_to_it(tx: Any) -> None:
    opus = "claude-3-opus-20240229"
    assert (await begin(tx, provider="anthropic", model=opus))["model"] == opus
    assert (await begin(tx, provider="anthropic"))["model"] != opus


async def test_a_day_s_limit_stops_a_call_before_it_costs(tx: Any) -> None:
    await tx.execute("UPDATE ai_providers SET daily_spend_limit_usd = 0.10 WHERE code = 'openai'")
    first = uuid4()
    assert (await begin(tx, first))["verdict"] == "granted"
    assert (await begin(tx))["verdict"] == "spend_limit", "0.065 is set aside, and 0.065 more would be too much"
    await record(tx, first, cost="0.02")
    assert (await begin(tx))["verdict"] == "granted", "what it did cost counts, not what it could have"
    assert (await begin(tx, at=NOON + timedelta(hours=13)))["verdict"] == "granted", "another day"


async def test_a_call_whose_cost_nobody_knows_counts_with_all_that_it_may_have_cost(tx: Any) -> None:
    session = uuid4()
    await begin(tx, session)
    await record(tx, session, "timed_out", cost=None)
    row = await provider(tx)
    assert (row["spent_usd"], row["reserved_usd"]) == (0, Decimal("0.065"))


async def test_a_provider_that_is_at_its_limit_or_open_is_passed_over_with_the_reason(tx: Any) -> None:
    await tx.execute("UPDATE ai_providers SET daily_spend_limit_usd = 0 WHERE code = 'openai'")
    await tx.execute(
        "UPDATE ai_providers SET circuit = 'open', circuit_opened_at = now(), "
        "circuit_retry_at = now() + interval '1 h' WHERE code = 'anthropic'"
    )
    found = json.loads(
        await tx.fetchval("SELECT prepare_ai_question('diagnosis', ARRAY['local', 'openai', 'anthropic'])")
    )
    assert [(one["code"], one["passed_over"]) for one in found["providers"]] == [
        ("openai", "spend_limit"),
        ("anthropic", "circuit_open"),
        ("local", None),
    ]


async def test_only_those_that_are_configured_are_asked_and_in_the_order_that_is_wished(tx: Any) -> None:
    rows = await tx.fetch(
        "SELECT code FROM ai_providers_to_ask('diagnosis', ARRAY['local', 'anthropic'], "
        "ARRAY['local', 'openai', 'anthropic'])"
    )
    assert [row["code"] for row in rows] == ["local", "anthropic"]


async def test_the_fifth_failure_in_a_row_opens_the_circuit_and_one_request_at_a_time_probes_it(tx: Any) -> None:
    await failed(tx, 4)
    assert (await provider(tx))["circuit"] == "closed"
    await failed(tx, 1)
    assert (await begin(tx))["verdict"] == "circuit_open"
    probe = uuid4()
    assert (await begin(tx, probe, at=NOON + MINUTE))["verdict"] == "granted"
    assert (await provider(tx))["circuit"] == "half_open"
    assert (await begin(tx, at=NOON + MINUTE))["verdict"] == "circuit_open", "the probe is under way"
    later = NOON + MINUTE + timedelta(seconds=91)
    assert (await begin(tx, at=later))["verdict"] == "granted", "who probed is not heard of again"
    await record(tx, probe, at=later)
    row = await provider(tx)
    assert (row["circuit"], row["health"], row["consecutive_failures"]) == ("closed", "healthy", 0)


async def test_the_end_of_a_call_is_recorded_once_with_every_message(tx: Any) -> None:
    session = uuid4()
    await begin(tx, session)
    assert await record(tx, session) is True
    assert await record(tx, session) is False
    rows = await tx.fetch(
        "SELECT role, content, cost_usd, prompt_hash FROM ai_conversations WHERE session_id = $1 "
        "ORDER BY message_index",
        session,
    )
    assert [tuple(row) for row in rows] == [
        ("system", "rules", 0, HASH),
        ("user", "what?", 0, HASH),
        ("assistant", "so", Decimal("0.01"), HASH),
    ]


async def test_a_later_attempt_is_given_the_answer_that_an_earlier_one_got(tx: Any) -> None:
    session = uuid4()
    await begin(tx, session)
    await record(tx, session)
    again = await begin(tx, session, attempt=2)
    assert (again["verdict"], again["content"], again["cost_usd"]) == ("answered", "so", "0.010000")
    assert await tx.fetchval("SELECT count(*) FROM ai_calls WHERE session_id = $1", session) == 1


async def test_each_attempt_has_its_answer_and_the_messages_stand_there_once(tx: Any) -> None:
    session = uuid4()
    for attempt, outcome in ((1, "rate_limited"), (2, "answered")):
        await begin(tx, session, attempt=attempt)
        await record(tx, session, outcome, attempt=attempt, cost="0")
    rows = await tx.fetch(
        "SELECT message_index, role, error FROM ai_conversations WHERE session_id = $1 ORDER BY 1", session
    )
    assert [tuple(row) for row in rows] == [
        (0, "system", None),
        (1, "user", None),
        (2, "assistant", "it was rate_limited"),
        (3, "assistant", None),
    ]


async def test_the_error_rate_of_a_day_is_listed(tx: Any) -> None:
    await failed(tx, 1, at=NOON - timedelta(hours=25))
    await failed(tx, 1)
    session = uuid4()
    await begin(tx, session)
    await record(tx, session)
    row = await provider(tx)
    assert (row["calls"], row["failed_calls"], row["spent_usd"]) == (2, 1, Decimal("0.01"))


async def test_an_abstention_is_counted_by_itself_and_is_no_error(tx: Any) -> None:
    session = uuid4()
    await begin(tx, session)
    await record(tx, session, "abstained", cost="0")
    row = await provider(tx)
    assert (row["calls"], row["failed_calls"], row["abstained_calls"]) == (1, 0, 1)
    assert (row["circuit"], row["health"], row["last_error"]) == ("closed", "healthy", None)
    assert (await begin(tx, session, attempt=2))["verdict"] == "granted", "it is no answer that could be given again"


Step = tuple[CallOutcome, int, int | None]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(CallOutcome),
        st.integers(min_value=0, max_value=200),
        st.none() | st.integers(min_value=0, max_value=300),
    ),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_circuit_of_the_database_is_that_of_the_rules(tx: Any, steps: list[Step]) -> None:
    """Whatever comes of requests, and whenever: state, health, failures and the moment of the next try are the same."""
    await tx.execute(
        "UPDATE ai_providers SET circuit = 'closed', circuit_opened_at = NULL, circuit_retry_at = NULL, "
        "health = 'unknown', consecutive_failures = 0, last_checked_at = NULL, last_error = NULL WHERE code = 'openai'"
    )
    policy, circuit, at = CircuitPolicy(failures_to_open=3, cool_down=MINUTE), Circuit(), NOON
    for outcome, seconds, retry_after in steps:
        at += timedelta(seconds=seconds)
        session = uuid4()
        granted = (await begin(tx, session, at=at))["verdict"] == "granted"
        assert granted == circuit.allows(at)
        if not granted:
            continue
        circuit = circuit.asked(at, MINUTE)
        await record(
            tx, session, outcome.value, at=at, cost="0", failures_to_open=3, cool_down=60, retry_after=retry_after
        )
        wait = None if retry_after is None else timedelta(seconds=retry_after)
        circuit = circuit.after(outcome, at, policy, wait)
        row = await provider(tx)
        shown = Circuit(
            CircuitState(row["circuit"]),
            ProviderHealth(row["health"]),
            row["consecutive_failures"],
            row["circuit_opened_at"],
            row["circuit_retry_at"],
        )
        assert shown == circuit
