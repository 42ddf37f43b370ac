"""The task "diagnosis": what a model is told of a case, and what an answer must be."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from activities.ai.local.engine import LocalDiagnostician
from activities.ai.local.faults import problem_codes, shipped_knowledge
from activities.ai.local.model import LocalModel
from activities.ai.local.shipped import diagnostician
from activities.ai.providers.errors import ABSTAINED, AiAbstained
from activities.ai.providers.local import LocalEngine
from activities.ai.providers.protocol import TrainedModel
from activities.ai.tasks.fencing import fence
from activities.ai.tasks.prompts import task_prompt
from activities.ai.tasks.task import AiTaskDefinition
from models.contracts.diagnosis import Diagnosis, DiagnosisCase, check_diagnosis
from models.vocabulary.ai import AiTask

log = logging.getLogger(__name__)


def question(subject: Mapping[str, Any]) -> str:
    """The case for a model; everything that people wrote is between marks."""
    return "\n".join(_question(DiagnosisCase.model_validate(subject)))


def _question(case: DiagnosisCase) -> Iterator[str]:
    where = f" in the context {case.installed_context.value}" if case.installed_context else ""
    yield f"Unit: {case.equipment_type}{where}, of this make and model:"
    yield fence(f"{case.manufacturer or 'unknown'} {case.model or ''}".strip(), "make")
    yield "What was reported:"
    yield fence(case.description, "description")
    for past in case.history:
        yield f"Earlier ticket {past.number} of this unit, reported {past.opened_at:%Y-%m-%d}:"
        yield fence(f"{past.description}\n{past.cause}".strip(), f"history {past.number}")
    for one in case.similar_tickets:
        proof = "verified" if one.verified else "not verified"
        yield f"Similar ticket {one.number} ({'same model' if one.same_model else 'same type'}, cause {proof}):"
        yield fence(f"{one.description}\n{one.cause}".strip(), f"ticket {one.number}")
    yield "Known faults of this type (source knowledge, by id):"
    yield from (f"- {fault.id}: {fault.cause}" for fault in shipped_knowledge().faults.get(case.equipment_type, ()))
    yield "Parts that may be proposed:"
    yield fence("\n".join(f"- {part.part_number}: {part.name}" for part in case.parts) or "none", "parts")
    yield "Problem codes:"
    yield ", ".join(f"{code} {one.term}" for code, one in problem_codes().items())


def written(subject: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """What people wrote: the report, the make and model of the unit, and what was said of earlier tickets."""
    yield "description", str(subject.get("description", ""))
    yield "make", f"{subject.get('manufacturer') or ''} {subject.get('model') or ''}"
    for past in (*subject.get("history", ()), *subject.get("similar_tickets", ())):
        yield "earlier_tickets", f"{past.get('description', '')}\n{past.get('cause', '')}"


def check(answer: Diagnosis, subject: Mapping[str, Any]) -> None:
    """An answer names nothing that is not there, and quotes what stands there.

    Raises:
        AiAbstained: it says that it can't say, and why.
        ValueError: it does not.
    """
    if answer.abstained_because.strip():
        raise AiAbstained(answer.abstained_because.strip(), reason=ABSTAINED)
    case = DiagnosisCase.model_validate(subject)
    known = (fault.id for fault in shipped_knowledge().faults.get(case.equipment_type, ()))
    check_diagnosis(answer, case, problem_codes(), known)


class DiagnosisEngine:
    """The built-in answer, by the shipped model or by one that was trained here."""

    def __init__(self) -> None:
        self._last: tuple[TrainedModel, LocalEngine | None] | None = None

    def __call__(self, subject: Mapping[str, Any]) -> Diagnosis:
        """The answer by the shipped model.

        Raises:
            ValueError: it abstains; the sentence says why.
        """
        return _answer(diagnostician(), subject)

    def warm_up(self) -> None:
        """Read and index the knowledge base."""
        diagnostician()

    def using(self, trained: TrainedModel) -> LocalEngine | None:
        """The engine by a trained model. Faults that the knowledge base has no longer count for nothing in it."""
        if self._last is None or self._last[0].id != trained.id:
            self._last = trained, _by(trained)
        return self._last[1]


def _by(trained: TrainedModel) -> LocalEngine | None:
    try:
        model = LocalModel.model_validate(trained.parameters)
    except ValidationError as error:
        log.error("Local model %d can't be used, the shipped one is: %d errors", trained.version, error.error_count())
        return None
    by_model = diagnostician().using(model)
    return lambda subject: _answer(by_model, subject)


def _answer(by: LocalDiagnostician, subject: Mapping[str, Any]) -> Diagnosis:
    found = by.diagnose(DiagnosisCase.model_validate(subject))
    if found.abstained_because:
        raise ValueError(found.abstained_because)
    return found


engine = DiagnosisEngine()


DIAGNOSIS = AiTaskDefinition(
    task=AiTask.DIAGNOSIS,
    output=Diagnosis,
    prompt=task_prompt("diagnosis"),
    question=question,
    written=written,
    check=check,
)
