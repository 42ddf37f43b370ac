"""From an answer of AI to what a ticket shows of it."""

from __future__ import annotations

from datetime import datetime

from models.contracts.ai import AskedInTurn
from models.contracts.diagnosis import Diagnosis
from models.contracts.proposals import ProposedDiagnosis
from models.contracts.templates import StageAi

LONGEST_TEXT = 1000
"""Characters of a summary or a cause in the state of a ticket; the record has the whole."""


def proposal(asked: AskedInTurn, task: StageAi, at: datetime) -> ProposedDiagnosis:
    """The diagnosis of an answer that has passed its checks."""
    result = asked.result
    assert result is not None  # noqa: S101  # the caller has looked
    diagnosis = Diagnosis.model_validate(result.answer)
    return ProposedDiagnosis(
        session_id=result.session_id,
        provider=result.provider,
        model=result.model,
        at=at,
        summary=diagnosis.summary[:LONGEST_TEXT],
        cause=diagnosis.hypotheses[0].cause[:LONGEST_TEXT],
        problem_code=diagnosis.problem_code,
        confidence=diagnosis.confidence,
        uncertain=diagnosis.confidence < task.minimum_confidence,
        severity=diagnosis.severity,
        support_level=diagnosis.support_level,
        remote_fix_possible=diagnosis.remote_fix.possible,
        flags=result.flags,
        story=asked.story,
    )
