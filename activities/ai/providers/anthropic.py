"""Anthropic, by messages."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, cast

from anthropic import AsyncAnthropic
from anthropic.types import ImageBlockParam, MessageParam, TextBlockParam

from activities.ai.providers.protocol import AiAnswer, AiMessage, AiRequest, Output, TextPart
from activities.ai.providers.sdk import LONGEST, ask, check, count, found, http_client, timeouts, words
from activities.ai.providers.secrets import Redactor
from activities.ai.providers.usage import Usage
from models.vocabulary.ai import MessageRole

FAULTS = {"max_tokens": "truncated", "model_context_window_exceeded": "truncated", "refusal": "refusal"}

MediaType = Literal["image/jpeg", "image/png", "image/gif", "image/webp"]


class AnthropicProvider:
    """Asks Anthropic, or what speaks its protocol at another address.

    Args:
        api_key: of the account; it is never shown.
        base_url: None: as the SDK's own variable `ANTHROPIC_BASE_URL` says, else Anthropic itself.
    """

    code = "anthropic"

    def __init__(self, api_key: str, base_url: str | None = None) -> None:
        self._redactor = Redactor([api_key])
        self._client = AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            timeout=timeouts(LONGEST),
            http_client=http_client(),
        )

    async def answer(self, request: AiRequest[Output]) -> AiAnswer[Output]:
        """The answer of one message with a JSON schema for its output."""

        async def send() -> Output | None:
            system: list[TextBlockParam] = [
                {"type": "text", "text": one.text} for one in request.messages if one.role is MessageRole.SYSTEM
            ]
            message = await self._client.messages.parse(
                model=request.model,
                system=system,
                messages=[_message(one) for one in request.messages if one.role is not MessageRole.SYSTEM],
                output_format=request.output,
                max_tokens=request.limits.output_tokens,
                timeout=timeouts(request.limits.timeout),
            )
            return message.parsed_output

        return await ask(self.code, _Message(), request, self._redactor, send)

    async def check(self, within: timedelta) -> None:
        """Asks which models there are."""

        async def send() -> object:
            return await self._client.models.list(limit=1, timeout=timeouts(within))

        await check(_Message(), within, self._redactor, send)

    async def aclose(self) -> None:
        await self._client.close()


class _Message:
    name = "Anthropic"

    def usage(self, document: Mapping[str, Any]) -> Usage | None:
        if not isinstance(document.get("usage"), Mapping):
            return None
        # Its input_tokens are only those that have to do with no cache.
        cached = count(document, "usage", "cache_read_input_tokens")
        written = count(document, "usage", "cache_creation_input_tokens")
        tokens = count(document, "usage", "input_tokens") + cached + written
        return Usage(tokens, count(document, "usage", "output_tokens"), cached)

    def content(self, document: Mapping[str, Any]) -> str:
        blocks = document.get("content")
        return "".join(words(found(one, "text")) for one in blocks) if isinstance(blocks, list) else ""

    def finish_reason(self, document: Mapping[str, Any]) -> str | None:
        return words(document.get("stop_reason")) or None

    def fault(self, document: Mapping[str, Any]) -> str | None:
        return FAULTS.get(self.finish_reason(document) or "")


def _message(message: AiMessage) -> MessageParam:
    parts: list[TextBlockParam | ImageBlockParam] = []
    for part in message.parts:
        if isinstance(part, TextPart):
            parts.append({"type": "text", "text": part.text})
        else:
            media_type = cast(MediaType, part.media_type)
            data = b64encode(part.data).decode()
            parts.append({"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}})
    if message.role is MessageRole.ASSISTANT:
        return {"role": "assistant", "content": parts}
    return {"role": "user", "content": parts}
