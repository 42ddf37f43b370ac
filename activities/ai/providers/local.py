"""The built-in provider: no network, no cost; it reasons from what a question is about, not from its wording."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import perf_counter
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ValidationError

from activities.ai.providers.errors import ABSTAINED, NOTHING, AiAbstained, AiBadAnswer, AiRejected
from activities.ai.providers.protocol import AiAnswer, AiRequest, Output, TrainedModel
from activities.ai.providers.usage import Usage
from models.vocabulary.ai import AiTask

log = logging.getLogger(__name__)

LocalEngine = Callable[[Mapping[str, Any]], BaseModel]
"""Answers one task from its subject, in milliseconds and the same every time. It is called in a thread.

It raises `ValueError` where it can't say anything: the sentence tells people why.
"""


@runtime_checkable
class Trainable(Protocol):
    """An engine that can work by a model that was trained here."""

    def using(self, trained: TrainedModel) -> LocalEngine | None:
        """The engine with that model; None: it can't use it, and goes by the one that it is shipped with."""


@runtime_checkable
class Preparable(Protocol):
    """An engine whose first answer would take longer than the others."""

    def warm_up(self) -> None:
        """Get ready. It is called in a thread, before questions are taken."""


async def warm_up(engines: Mapping[AiTask, LocalEngine]) -> None:
    """Get engines ready. One that can't be is logged: its questions fail, and nothing else does."""
    for task, engine in engines.items():
        if isinstance(engine, Preparable):
            try:
                await asyncio.to_thread(engine.warm_up)
            except Exception:
                log.exception("The built-in engine for %s can't be used", task.value)


class LocalProvider:
    """Asks the engine of the task.

    Args:
        engines: by task; a task without one is none that it can do.
    """

    code = "local"

    def __init__(self, engines: Mapping[AiTask, LocalEngine]) -> None:
        self._engines = engines

    async def answer(self, request: AiRequest[Output]) -> AiAnswer[Output]:
        """What the engine says."""
        engine = self._engines.get(request.task)
        if engine is None:
            raise AiRejected(f"there is no engine for {request.task.value}", reason="no engine", usage=NOTHING)
        engine, name = _in_force(engine, request.trained)
        began = perf_counter()
        try:
            said = await asyncio.to_thread(engine, request.subject)
            parsed = request.output.model_validate(said.model_dump())
        except ValidationError as error:  # a ValueError too, and a fault of ours: its words may be a reporter's
            what = f"{error.title} does not fit in {error.error_count()} places"
            raise AiBadAnswer(what, reason="does not fit", usage=NOTHING, request_id=name) from None
        except ValueError as error:
            raise AiAbstained(
                str(error), reason=ABSTAINED, usage=NOTHING, request_id=name, finish_reason=ABSTAINED
            ) from None
        return AiAnswer(
            parsed=parsed,
            content=parsed.model_dump_json(),
            usage=Usage(),
            cost_usd=request.prices.cost(Usage()),
            latency=timedelta(seconds=perf_counter() - began),
            provider=self.code,
            model=request.model,
            request_id=name,
        )

    async def check(self, within: timedelta) -> None:
        """It is here."""

    async def aclose(self) -> None:
        """Nothing is open."""


def _in_force(engine: LocalEngine, trained: TrainedModel | None) -> tuple[LocalEngine, str | None]:
    """The engine to ask, and under which name its answer is recorded: `local model 3`; None where none was trained."""
    if trained is None or not isinstance(engine, Trainable):
        return engine, None
    other = engine.using(trained)
    return (engine, "shipped local model") if other is None else (other, f"local model {trained.version}")
