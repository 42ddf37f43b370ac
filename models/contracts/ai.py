"""The messages between workflows and the activities that ask AI providers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from models.contracts.base import FromPeople, Message, Slug
from models.contracts.told import StageRef
from models.identity import ai_session_id
from models.vocabulary.ai import AiTask, CallOutcome


class PictureRef(Message):
    """A picture by reference: its bytes never go through a workflow.

    Attributes:
        key: where it is stored; whoever serves the activity knows how to get it.
        media_type: such as `image/jpeg`.
    """

    key: str
    media_type: str


class TrackRecord(Message):
    """How often a model was right when it was as sure as a template asks for, as sign-off said: the newest 500."""

    verified: Annotated[int, Field(ge=0)]
    correct: Annotated[int, Field(ge=0)]


class AiQuestion(FromPeople):
    """What is asked, of whoever answers it.

    Attributes:
        subject: what the question is about, as JSON; the task's definition makes the messages from it.
        pictures: what there is to see.
        ticket_id: the ticket it belongs to, which is on record; `stage` the visit.
        providers: codes in the order to ask; empty: by their fallback priority.
        maximum_cost_usd: what one call may cost at the most; None: only the provider's limit of the day holds.
        auto_complete_confidence: percent; from it on the answer may complete a stage, so whoever answers has to have
            a record of that. None: no record is wanted.
        call_id: names the question, as in `AskInput`, for whoever answers it at hand; None: nobody shall.
    """

    task: AiTask
    call_id: UUID | None = None
    subject: dict[str, Any] = Field(default_factory=dict)
    pictures: tuple[PictureRef, ...] = ()
    ticket_id: UUID | None = None
    stage: StageRef | None = None
    providers: tuple[Slug, ...] = ()
    maximum_cost_usd: Annotated[Decimal, Field(ge=0)] | None = None
    auto_complete_confidence: Annotated[float, Field(ge=0, le=100)] | None = None


class ProviderChoice(Message):
    """A provider to ask, or the reason to pass it over: `circuit_open`, `spend_limit`."""

    code: Slug
    request_timeout: timedelta
    passed_over: str | None = None


class PreparedQuestion(Message):
    """A question that can be asked.

    Attributes:
        providers: those that are configured, in the order to ask them.
        question: the question, its subject complete.
        flags: what is odd about it, such as `instructions_in_description`.
        answered: the first of them needs nobody else to answer, and has answered; then `question` is left as it was.
        tried: the same, but it has no answer.
    """

    question: AiQuestion
    providers: tuple[ProviderChoice, ...] = ()
    flags: tuple[str, ...] = ()
    answered: AskResult | None = None
    tried: AskFailure | None = None


class AskInput(Message):
    """One question to one provider. `call_id` names the question: asked again with the same, it is the same call."""

    call_id: UUID
    provider: Slug
    question: AiQuestion

    @property
    def session_id(self) -> UUID:
        """The session of the call in `ai_conversations`."""
        return ai_session_id(self.call_id, self.provider)


class AskResult(Message):
    """A provider's answer.

    Attributes:
        answer: the answer as JSON; it fits the task's output model and has passed its checks.
        cost_usd: to the micro-dollar; None: the provider did not say how many tokens there were.
        flags: what is odd about the request, such as `instructions_in_description`.
        track: of whoever answered, where the question wanted it.
        unrecorded: the record of the call, if it could not be written: `AiActivities.record_call` takes it.
    """

    session_id: UUID
    provider: Slug
    model: str
    answer: dict[str, Any]
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    latency: timedelta
    request_id: str | None = None
    prompt_hash: str
    flags: tuple[str, ...] = ()
    track: TrackRecord | None = None
    unrecorded: str | None = None


class AskFailure(Message):
    """Why a provider gave no answer.

    Attributes:
        provider: its code; `AI` where none was chosen yet.
        reason: in a word or two, for the story that operators read: `429`, `timeout`, `circuit open`.
        message: a sentence; no key is in it.
        outcome: None where nothing was sent.
    """

    provider: str
    reason: str
    message: str
    outcome: CallOutcome | None = None


class AskedInTurn(Message):
    """What came of a question that was put to one provider after the other.

    Attributes:
        result: the first answer; None: nobody could answer.
        story: `diagnosis: openai 429 → anthropic`, or with `→ nobody` at the end.
        failures: who gave no answer, in order.
        flags: what is odd about the question, as far as it could be looked through; also without an answer.
    """

    result: AskResult | None = None
    story: str
    failures: tuple[AskFailure, ...] = ()
    flags: tuple[str, ...] = ()
