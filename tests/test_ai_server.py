"""The server of the tests speaks as the SDKs expect it, also what this program does not use: responses, streams."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.ai_server import AiServer, Says, Tokens
from tests.ai_server.moves import Stop
from tests.ai_task import GOOD, SENSOR, Verdict


@pytest_asyncio.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AiServer]:
    async with AiServer() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


async def test_responses_are_parsed_and_counted(server: AiServer) -> None:
    from openai import AsyncOpenAI

    server.will("openai", Says(GOOD, Tokens(50, 9, 4)), Says(GOOD[:9], stop=Stop.LENGTH))
    async with AsyncOpenAI(max_retries=0) as client:
        response = await client.responses.parse(model="m", input="?", text_format=Verdict)
        cut = await client.responses.create(model="m", input="?")
    assert response.output_parsed == SENSOR
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.input_tokens_details.cached_tokens) == (50, 4)
    assert cut.status == "incomplete"


async def test_responses_stream(server: AiServer) -> None:
    from openai import AsyncOpenAI

    server.will("openai", Says(GOOD))
    async with AsyncOpenAI(max_retries=0) as client, client.responses.stream(model="m", input="?") as stream:
        response = await stream.get_final_response()
    assert response.output_text == GOOD


async def test_chat_completions_stream(server: AiServer) -> None:
    from openai import AsyncOpenAI

    server.will("openai", Says(GOOD, Tokens(50, 9)))
    said, used = "", 0
    async with AsyncOpenAI(max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "?"}], stream=True, stream_options={"include_usage": True}
        )
        async for chunk in stream:
            said += (chunk.choices[0].delta.content or "") if chunk.choices else ""
            used = chunk.usage.total_tokens if chunk.usage else used
    assert (said, used) == (GOOD, 59)


async def test_messages_stream(server: AiServer) -> None:
    from anthropic import AsyncAnthropic

    server.will("anthropic", Says(GOOD, Tokens(50, 9, 4)))
    async with (
        AsyncAnthropic(max_retries=0) as client,
        client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "?"}]) as stream,
    ):
        message = await stream.get_final_message()
    assert message.content[0].type == "text"
    assert message.content[0].text == GOOD
    used = message.usage
    assert (used.input_tokens, used.cache_read_input_tokens, used.output_tokens) == (46, 4, 9)
