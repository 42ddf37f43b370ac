"""From an answer of AI to what a ticket shows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from models.contracts.ai import AskedInTurn
from models.contracts.diagnosis import Diagnosis
from models.contracts.proposals import Proposed, ProposedDiagnosis, ProposedEngineer, ProposedEngineers
from models.contracts.recommendation import EngineerRecommendation
from models.contracts.templates import StageAi
from models.vocabulary.ai import AiTask

LONGEST_TEXT = 1000
"""Characters of a summary or a cause in the state of a ticket; the record has the whole."""


def diagnosis(asked: AskedInTurn, task: StageAi, at: datetime) -> ProposedDiagnosis:
    """The diagnosis of an answer that has passed its checks."""
    result = asked.result
    assert result is not None  # noqa: S101  # the caller has looked
    found = Diagnosis.model_validate(result.answer)
    return ProposedDiagnosis(
        session_id=result.session_id,
        provider=result.provider,
        model=result.model,
        at=at,
        summary=found.summary[:LONGEST_TEXT],
        cause=found.hypotheses[0].cause[:LONGEST_TEXT],
        problem_code=found.problem_code,
        confidence=found.confidence,
        uncertain=found.confidence < task.minimum_confidence,
        severity=found.severity,
        support_level=found.support_level,
        remote_fix_possible=found.remote_fix.possible,
        flags=result.flags,
        story=asked.story,
    )


def engineers(asked: AskedInTurn, task: StageAi, at: datetime) -> ProposedEngineers:
    """The recommendation of an answer that has passed its checks."""
    result = asked.result
    assert result is not None  # noqa: S101  # the caller has looked
    found = EngineerRecommendation.model_validate(result.answer)
    return ProposedEngineers(
        session_id=result.session_id,
        provider=result.provider,
        model=result.model,
        at=at,
        engineers=tuple(ProposedEngineer(code=one.engineer_code, overall=one.overall_score) for one in found.choices),
        uncertain=found.choices[0].overall_score < task.minimum_confidence,
        flags=result.flags,
        story=asked.story,
    )


Proposing = Callable[[AskedInTurn, StageAi, datetime], Proposed]

PROPOSALS: Mapping[AiTask, Proposing] = MappingProxyType(
    {AiTask.DIAGNOSIS: diagnosis, AiTask.ENGINEER_RECOMMENDATION: engineers}
)
"""How the answer to each task is shown. What is not here is not asked for, whatever a template wants."""
