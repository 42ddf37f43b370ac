"""The book of AI calls: what is asked of it and told to it. `CallBook` keeps it in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from activities.ai.providers.protocol import TrainedModel
from activities.ai.providers.usage import Prices, Usage
from models.contracts.ai import AiQuestion, ProviderChoice, TrackRecord
from models.contracts.told import StageRef
from models.vocabulary.ai import AiTask, CallOutcome, MessageRole


@dataclass(frozen=True, slots=True)
class CircuitPolicy:
    """When a circuit opens, and for how long.

    Attributes:
        failures_to_open: failures in a row.
        cool_down: from the opening to the next probe, unless the provider itself asks for a longer wait.
    """

    failures_to_open: int = 5
    cool_down: timedelta = timedelta(minutes=1)


class Recorded(StrEnum):
    """What came of writing a record."""

    DONE = "done"
    AWAY = "away"
    """The database could not be reached for long; later it can be written."""
    REFUSED = "refused"
    """The database does not take it, now and later."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class Prepared(_Document):
    """What is looked up before a question is asked: whom to ask, in order, and what `subject` there is beside."""

    providers: tuple[ProviderChoice, ...]
    subject: dict[str, Any] = Field(default_factory=dict)


class CallBegin(_Document):
    """A call that is about to be made. `input_tokens` and `output_tokens` are the most that there can be."""

    session_id: UUID
    attempt: int
    provider: str
    task: AiTask
    model: str | None
    vision: bool
    input_tokens: int
    output_tokens: int
    ticket_id: UUID | None = None
    maximum_cost_usd: Decimal | None = None
    auto_complete_confidence: float | None = None
    local_model: UUID | None = None
    """The trained model that this worker has the parameters of."""


class Granted(_Document):
    """The call may be made, with this model, for so many tokens of output and so many seconds.

    `local_model` is the one that the built-in provider is to use; None: the shipped one, or another provider.
    """

    verdict: Literal["granted"]
    model: str
    input_price: Decimal
    output_price: Decimal
    cached_input_price: Decimal | None
    output_tokens: int
    request_timeout: timedelta
    local_model: TrainedModel | None = None
    track: TrackRecord | None = None

    @property
    def prices(self) -> Prices:
        return Prices(self.input_price, self.output_price, self.cached_input_price)


class Answered(_Document):
    """An earlier attempt of the same call got this answer."""

    verdict: Literal["answered"]
    model: str
    content: str
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    latency: timedelta | None
    request_id: str | None
    track: TrackRecord | None = None

    @property
    def usage(self) -> Usage:
        return Usage(self.input_tokens, self.output_tokens, self.cached_input_tokens)


class NotGranted(_Document):
    """The call may not be made now."""

    verdict: Literal["unknown", "no_model", "too_expensive", "circuit_open", "spend_limit"]


class SaidMessage(_Document):
    role: MessageRole
    content: str


class SaidAnswer(_Document):
    """What the provider said, or what went wrong."""

    content: str = ""
    error: str | None = None
    finish_reason: str | None = None
    request_id: str | None = None
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    latency: float
    prompt_hash: str


class CallEnd(_Document):
    """How a call ended.

    Attributes:
        cost_usd: None: it may have been charged, and nobody knows how much.
        result: the answer as it was understood; None where there is none. `flags` as in `AskResult`.
    """

    session_id: UUID
    attempt: int
    task: AiTask
    ticket_id: UUID | None
    stage: StageRef | None
    outcome: CallOutcome
    cost_usd: Decimal | None
    retry_after: float | None
    failures_to_open: int
    cool_down: float
    messages: tuple[SaidMessage, ...]
    answer: SaidAnswer
    result: dict[str, Any] | None = None
    flags: tuple[str, ...] = ()


class Book(Protocol):
    """What `AiActivities` needs of the database; workflows import that and must not reach SQLAlchemy."""

    @property
    def policy(self) -> CircuitPolicy:
        """When a circuit opens."""

    async def look_up(self, question: AiQuestion, configured: Sequence[str]) -> Prepared:
        """Whom of those that are configured to ask now, and what belongs into the subject."""

    async def begin(self, call: CallBegin) -> Granted | Answered | NotGranted:
        """May this call be made? If so it is on record from now on."""

    async def record(self, call_end: str) -> Recorded:
        """Record the end of a call, given as JSON of a `CallEnd`; what came of that. It raises nothing."""

    async def write(self, call_end: str) -> Recorded:
        """The same in one try; never `AWAY`: it raises then."""
