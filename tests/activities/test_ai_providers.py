"""OpenAI and Anthropic through their SDKs, against a server that speaks their protocols, also badly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from activities.ai.providers.errors import (
    NOTHING,
    AiBadAnswer,
    AiDenied,
    AiError,
    AiRateLimited,
    AiRejected,
    AiTimedOut,
    AiUnavailable,
)
from activities.ai.providers.protocol import AiLimits, AiMessage, AiProvider, AiRequest, PicturePart, TextPart
from activities.ai.providers.usage import Prices, Usage
from models.vocabulary.ai import AiTask, CallOutcome, MessageRole
from tests.ai_server import AiServer, Breaks, Drops, Fails, Hangs, Move, Says, Tokens
from tests.ai_server.moves import Stop
from tests.ai_task import GOOD, SENSOR, Verdict

PRICES = Prices(Decimal("2.5"), Decimal(15), Decimal("1.25"))
PIXEL = bytes.fromhex("89504e470d0a1a0a")


def question(timeout: timedelta = timedelta(seconds=20), *, picture: bool = False) -> AiRequest[Verdict]:
    parts: tuple[TextPart | PicturePart, ...] = (TextPart("What is it?"),)
    if picture:
        parts += (PicturePart(PIXEL, "image/png", "photo of the display"),)
    messages = (AiMessage.of(MessageRole.SYSTEM, "You diagnose."), AiMessage(MessageRole.USER, parts))
    return AiRequest(AiTask.DIAGNOSIS, "model-1", messages, Verdict, AiLimits(900, timeout), PRICES)


def maker(code: str) -> Callable[[str], AiProvider]:
    """Loads the SDK of a provider only where it is tested: that takes a second."""
    if code == "openai":
        from activities.ai.providers.openai import OpenAiProvider

        return OpenAiProvider
    from activities.ai.providers.anthropic import AnthropicProvider

    return AnthropicProvider


@pytest_asyncio.fixture(params=["openai", "anthropic"])
async def provider(
    request: pytest.FixtureRequest, server: AiServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AiProvider]:
    """One after the other, at the address that the SDK's own variable names."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    made = maker(request.param)(server.environment[f"{request.param.upper()}_API_KEY"])
    yield made
    await made.aclose()


async def failure(provider: AiProvider, server: AiServer, move: Move, within: float = 20) -> AiError:
    server.will(provider.code, move)
    with pytest.raises(AiError) as caught:
        await provider.answer(question(timedelta(seconds=within)))
    assert len(server.asked(provider.code)) == 1, "an SDK must not try again by itself"
    return caught.value


async def test_an_answer_is_parsed_counted_and_priced_to_the_micro_dollar(
    provider: AiProvider, server: AiServer
) -> None:
    server.will(provider.code, Says(GOOD, Tokens(input=1_001, output=77, cached=300)))
    answer = await provider.answer(question())
    assert answer.parsed == SENSOR
    assert answer.usage == Usage(input=1_001, output=77, cached_input=300)
    assert answer.cost_usd == Decimal("0.003283")  # 701 × 2.5 + 300 × 1.25 + 77 × 15 = 3282.5, rounded up
    assert (answer.provider, answer.model, answer.request_id) == (provider.code, "model-1", "req_0001")
    assert answer.latency > timedelta(0)


async def test_the_request_asks_for_a_schema_and_carries_roles_pictures_and_limits(
    provider: AiProvider, server: AiServer
) -> None:
    server.will(provider.code, Says(GOOD))
    await provider.answer(question(picture=True))
    sent = server.received[0].body
    assert sent["model"] == "model-1"
    if provider.code == "openai":
        assert sent["response_format"]["json_schema"]["strict"] is True
        assert sent["messages"][0] == {"role": "system", "content": "You diagnose."}
        assert sent["messages"][1]["content"][1]["image_url"]["url"].startswith("data:image/png;base64,iVBO")
        assert sent["max_completion_tokens"] == 900
        schema = sent["response_format"]["json_schema"]["schema"]
    else:
        assert sent["system"] == [{"type": "text", "text": "You diagnose."}]
        source = sent["messages"][0]["content"][1]["source"]
        assert (source["media_type"], source["data"][:4]) == ("image/png", "iVBO")
        assert sent["max_tokens"] == 900
        schema = sent["output_config"]["format"]["schema"]
    assert set(schema["required"]) == {"cause", "confidence", "parts"}
    assert schema["additionalProperties"] is False


async def test_an_answer_without_anything_optional_is_an_answer(provider: AiProvider, server: AiServer) -> None:
    server.will(provider.code, Says(GOOD, tokens=None, sparse=True))
    answer = await provider.answer(question())
    assert answer.parsed == SENSOR
    assert (answer.usage, answer.cost_usd) == (None, None)


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, AiRejected, False),
        (401, AiDenied, False),
        (403, AiDenied, False),
        (404, AiDenied, False),
        (408, AiTimedOut, True),
        (409, AiUnavailable, True),
        (413, AiRejected, False),
        (422, AiRejected, False),
        (429, AiRateLimited, True),
        (500, AiUnavailable, True),
        (503, AiUnavailable, True),
        (529, AiUnavailable, True),
    ],
)
async def test_a_status_says_whether_to_try_again(
    provider: AiProvider, server: AiServer, status: int, kind: type[AiError], *, retryable: bool
) -> None:
    error = await failure(provider, server, Fails(status, "as it happens"))
    assert type(error) is kind
    assert (error.reason, error.retryable) == (str(status), retryable)
    assert "as it happens" in str(error)
    assert error.usage == NOTHING


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, timedelta(milliseconds=1500)),
        ({"retry-after": "7"}, timedelta(seconds=7)),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
async def test_the_wait_that_a_provider_asks_for_is_known(
    provider: AiProvider, server: AiServer, headers: dict[str, str], wait: timedelta | None
) -> None:
    error = await failure(provider, server, Fails(429, headers=headers))
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("move", "reason"),
    [
        (Says("I would rather not.", stop=Stop.REFUSAL), "refusal"),
        (Says(GOOD[:20], stop=Stop.LENGTH), "truncated"),
        (Says('{"cause": "x"}'), "does not fit"),
        (Says("The flow sensor, I think."), "does not fit"),
    ],
)
async def test_an_answer_that_can_not_be_used_is_an_error_and_its_cost_is_known(
    provider: AiProvider, server: AiServer, move: Says, reason: str
) -> None:
    error = await failure(provider, server, move)
    assert isinstance(error, AiBadAnswer)
    assert (error.reason, error.retryable) == (reason, False)
    assert error.usage == Usage(1_200, 300)
    assert error.content == move.text


@pytest.mark.parametrize(
    "move",
    [
        Breaks(b'{"id": "x", "choices": [{'),
        Breaks(b"<html>login</html>", "text/html"),
        Breaks(b"[]"),
        Breaks(b'{"choices": [], "content": []}'),
    ],
)
async def test_a_body_that_is_no_answer_is_a_bad_answer(provider: AiProvider, server: AiServer, move: Breaks) -> None:
    error = await failure(provider, server, move)
    assert error.outcome is CallOutcome.BAD_ANSWER
    assert error.usage is None, "it may have been charged"


@pytest.mark.parametrize("move", [Drops(), Drops(in_the_middle=True)])
async def test_a_connection_that_breaks_may_have_been_charged_and_can_be_tried_again(
    provider: AiProvider, server: AiServer, move: Drops
) -> None:
    error = await failure(provider, server, move)
    assert isinstance(error, AiUnavailable)
    assert (error.reason, error.retryable, error.usage) == ("connection", True, None)


async def test_a_provider_that_says_nothing_is_given_up(provider: AiProvider, server: AiServer) -> None:
    error = await failure(provider, server, Hangs(), within=0.3)
    assert isinstance(error, AiTimedOut)
    assert (error.reason, error.usage) == ("timeout", None)
    assert not error.retryable, "the next provider is asked: a second try may be charged a second time"


async def test_a_check_asks_no_model_and_says_whether_the_provider_answers(
    provider: AiProvider, server: AiServer
) -> None:
    within = timedelta(seconds=20)
    await provider.check(within)
    server.will(f"{provider.code} models", Fails(404), Fails(503), Fails(401))
    await provider.check(within)  # a gateway that has no such list is alive
    with pytest.raises(AiUnavailable):
        await provider.check(within)
    with pytest.raises(AiDenied):
        await provider.check(within)
    assert server.received == []


async def test_nobody_at_the_address_costs_nothing(provider: AiProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{provider.code.upper()}_BASE_URL", "http://127.0.0.1:9/v1")
    alone = maker(provider.code)("sk-anything")
    with pytest.raises(AiUnavailable) as caught:
        await alone.answer(question())
    assert (caught.value.reason, caught.value.usage) == ("connection", NOTHING)
    await alone.aclose()


async def test_a_key_that_a_provider_shows_is_taken_out(provider: AiProvider) -> None:
    wrong = maker(provider.code)("sk-proj-this-key-is-wrong-123")
    with pytest.raises(AiDenied) as caught:
        await wrong.answer(question())
    assert "Incorrect API key provided: [key]" in str(caught.value)
    assert "this-key-is-wrong" not in f"{caught.value!r} {vars(caught.value)} {wrong!r}"
    await wrong.aclose()


async def test_a_key_that_a_provider_shows_gets_into_no_part_of_an_answer(
    provider: AiProvider, server: AiServer
) -> None:
    key = server.environment[f"{provider.code.upper()}_API_KEY"]
    server.will(provider.code, Says(GOOD.replace("Flow sensor", f"{key} sensor\\u0000"), request_id=f"req {key}"))
    answer = await provider.answer(question())
    assert answer.parsed == SENSOR.model_copy(update={"cause": "[key] sensor drifts"})
    assert answer.request_id == "req [key]"
    assert key not in repr(answer)


@pytest.mark.parametrize("tokens", [10**12, -1, 1.5])
async def test_tokens_that_can_not_be_are_as_good_as_none(
    provider: AiProvider, server: AiServer, tokens: float
) -> None:
    server.will(provider.code, Says(GOOD, Tokens(input=tokens)))  # type: ignore[arg-type]  # that is what it is about
    answer = await provider.answer(question())
    assert (answer.parsed, answer.usage, answer.cost_usd) == (SENSOR, None, None)


async def test_an_answer_without_measure_is_none(provider: AiProvider, server: AiServer) -> None:
    error = await failure(provider, server, Says(GOOD.replace("drifts", "drifts" * 50_000)))
    assert isinstance(error, AiBadAnswer)
    assert (error.reason, len(error.content)) == ("too long", 200_000)


async def test_a_check_does_not_follow_to_another_address(provider: AiProvider, server: AiServer) -> None:
    server.will(f"{provider.code} models", Fails(302, headers={"location": "http://127.0.0.1:9/v1"}))
    with pytest.raises(AiUnavailable, match=r"another address \(HTTP 302\)"):
        await provider.check(timedelta(seconds=5))
