"""What an AI provider is: one protocol, a request, an answer. Nothing here knows a provider's SDK.

A request names the task, the messages and the model of the answer; a provider returns the answer parsed, or raises one
of the errors of `activities.ai.providers.errors`. It never tries again by itself: Temporal does, so that an operator
sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Generic, Literal, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from activities.ai.providers.usage import Prices, Usage
from models.vocabulary.ai import AiTask, MessageRole

FREE = Prices()

Output = TypeVar("Output", bound=BaseModel)

TOKENS_OF_A_PICTURE = 6_000
"""What a picture counts for at the most, with any model that we know of."""

TOKENS_OF_A_MESSAGE = 64
"""What a provider adds around a message at the most: roles, separators, instructions for structured output."""


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class PicturePart:
    """A picture as it is sent; `media_type` is one of image/jpeg, image/png, image/gif, image/webp."""

    data: bytes = field(repr=False)
    media_type: str
    name: str = "picture"


Part = TextPart | PicturePart


@dataclass(frozen=True, slots=True)
class AiMessage:
    """One message; pictures only in those of the user."""

    role: Literal[MessageRole.SYSTEM, MessageRole.USER, MessageRole.ASSISTANT]
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, role: Literal[MessageRole.SYSTEM, MessageRole.USER, MessageRole.ASSISTANT], text: str) -> AiMessage:
        """A message of text alone."""
        return cls(role, (TextPart(text),))

    @property
    def text(self) -> str:
        """The message in words, as it is recorded: a picture is named, not shown."""
        return "\n\n".join(part.text if isinstance(part, TextPart) else f"[{part.name}]" for part in self.parts)


@dataclass(frozen=True, slots=True)
class AiLimits:
    """What a call may take: tokens of the answer, time from the request to its last byte."""

    output_tokens: int = 4_096
    timeout: timedelta = timedelta(seconds=60)


class TrainedModel(BaseModel):
    """A model of the built-in provider that was trained here; the engine knows what its parameters mean.

    `parameters` is None where the worker said that it has them.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    version: int
    parameters: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AiRequest(Generic[Output]):
    """A question to a provider.

    Attributes:
        model: the provider's model, by its code in `ai_models`.
        output: what the answer must be.
        subject: what the messages were made from, for a provider that reasons without a language model.
        trained: the model that such a provider is to use; None: the one that it is shipped with.
    """

    task: AiTask
    model: str
    messages: tuple[AiMessage, ...]
    output: type[Output]
    limits: AiLimits = AiLimits()
    prices: Prices = FREE
    subject: Mapping[str, Any] = field(default_factory=dict)
    trained: TrainedModel | None = None


@dataclass(frozen=True, slots=True)
class AiAnswer(Generic[Output]):
    """A provider's answer.

    Attributes:
        parsed: the answer; it fits the request's output model.
        content: the answer as it came.
        usage: None where the provider reports none, and then no cost is known either.
        cost_usd: to the micro-dollar, by the request's prices.
        latency: from the request to the last byte of the answer.
        request_id: the provider's own name of the request.
    """

    parsed: Output
    content: str
    usage: Usage | None
    cost_usd: Decimal | None
    latency: timedelta
    provider: str
    model: str
    request_id: str | None = None
    finish_reason: str | None = None


class AiProvider(Protocol):
    """Who answers requests. One object serves a worker for its life; `aclose()` it at the end."""

    @property
    def code(self) -> str:
        """The provider's code in `ai_providers`."""

    async def answer(self, request: AiRequest[Output]) -> AiAnswer[Output]:
        """The answer to a request, in one try.

        Raises:
            AiError: there is none; the subclass says what kind of failure it is, and what it cost.
        """

    async def check(self, within: timedelta) -> None:
        """Return if the provider answers and takes the key. It costs nothing, and says nothing about its models.

        Raises:
            AiError: it does not.
        """

    async def aclose(self) -> None:
        """Close every connection."""


def maximum_input_tokens(messages: tuple[AiMessage, ...], schema: str) -> int:
    """The most tokens that messages and the schema of their answer can count for.

    No tokeniser makes more than one token of a byte of UTF-8, so this is a bound and no estimate: some four times of
    what English text takes.
    """
    total = len(schema.encode()) + TOKENS_OF_A_MESSAGE
    for message in messages:
        total += TOKENS_OF_A_MESSAGE
        for part in message.parts:
            total += len(part.text.encode()) if isinstance(part, TextPart) else TOKENS_OF_A_PICTURE
    return total
