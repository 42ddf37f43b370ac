"""OpenAI, by chat completions (docs/adr/0016 says why those)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam

from activities.ai.providers.protocol import AiAnswer, AiMessage, AiRequest, Output, TextPart
from activities.ai.providers.sdk import LONGEST, ask, check, count, found, http_client, timeouts, words
from activities.ai.providers.secrets import Redactor
from activities.ai.providers.usage import Usage
from models.vocabulary.ai import MessageRole

FAULTS = {"length": "truncated", "content_filter": "refusal"}


class OpenAiProvider:
    """Asks OpenAI, or what speaks its protocol at another address.

    Args:
        api_key: of the account; it is never shown.
        base_url: None: as the SDK's own variable `OPENAI_BASE_URL` says, else OpenAI itself.
    """

    code = "openai"

    def __init__(self, api_key: str, base_url: str | None = None) -> None:
        self._redactor = Redactor([api_key])
        address: dict[str, Any] = {} if base_url is None else {"base_url": base_url}
        self._client = AsyncOpenAI(
            api_key=api_key, max_retries=0, timeout=timeouts(LONGEST), http_client=http_client(), **address
        )

    async def answer(self, request: AiRequest[Output]) -> AiAnswer[Output]:
        """The answer of one chat completion with a strict JSON schema."""

        async def send() -> Output | None:
            completion = await self._client.chat.completions.parse(
                model=request.model,
                messages=[_message(one) for one in request.messages],
                response_format=request.output,
                max_completion_tokens=request.limits.output_tokens,
                timeout=timeouts(request.limits.timeout),
            )
            return completion.choices[0].message.parsed if completion.choices else None

        return await ask(self.code, _ChatCompletion(), request, self._redactor, send)

    async def check(self, within: timedelta) -> None:
        """Asks which models there are."""

        async def send() -> object:
            return await self._client.models.list(timeout=timeouts(within))

        await check(_ChatCompletion(), within, self._redactor, send)

    async def aclose(self) -> None:
        await self._client.close()


class _ChatCompletion:
    name = "OpenAI"

    def usage(self, document: Mapping[str, Any]) -> Usage | None:
        if not isinstance(document.get("usage"), Mapping):
            return None
        tokens = count(document, "usage", "prompt_tokens")
        cached = count(document, "usage", "prompt_tokens_details", "cached_tokens")
        return Usage(tokens, count(document, "usage", "completion_tokens"), min(cached, tokens))

    def content(self, document: Mapping[str, Any]) -> str:
        said = found(document, "choices", 0, "message")
        return words(found(said or {}, "content")) or words(found(said or {}, "refusal"))

    def finish_reason(self, document: Mapping[str, Any]) -> str | None:
        return words(found(document, "choices", 0, "finish_reason")) or None

    def fault(self, document: Mapping[str, Any]) -> str | None:
        if found(document, "choices", 0, "message", "refusal"):
            return "refusal"
        return FAULTS.get(self.finish_reason(document) or "")


def _message(message: AiMessage) -> ChatCompletionMessageParam:
    if message.role is MessageRole.SYSTEM:
        return {"role": "system", "content": message.text}
    if message.role is MessageRole.ASSISTANT:
        return {"role": "assistant", "content": message.text}
    parts: list[ChatCompletionContentPartParam] = []
    for part in message.parts:
        if isinstance(part, TextPart):
            parts.append({"type": "text", "text": part.text})
        else:
            url = f"data:{part.media_type};base64,{b64encode(part.data).decode()}"
            parts.append({"type": "image_url", "image_url": {"url": url}})
    return {"role": "user", "content": parts}
