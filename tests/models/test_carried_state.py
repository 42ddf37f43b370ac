"""A ticket's state is carried over by continue-as-new and by a reopening: one of before is read as what it meant."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.contracts.state import StageVisit, TaskAdvice, TicketState
from models.vocabulary.ai import AiTask, DiagnosisStatus

SESSION = UUID(int=7)
DIAGNOSIS: dict[str, Any] = {
    "session_id": str(SESSION), "provider": "local", "model": "local-1", "at": "2026-11-02T08:00:00Z",
    "summary": "It leaks.", "cause": "Leak", "problem_code": None, "confidence": 95, "uncertain": False,
    "severity": "high", "support_level": "L1", "remote_fix_possible": False, "flags": [],
    "story": "diagnosis: local", "held_back": "none proved right",
}  # fmt: skip
"""As states of before have it: nothing says of which task it is."""


def before(**fields: Any) -> dict[str, Any]:
    """A visit as it was carried before AI's tasks stood apart."""
    nothing: dict[str, Any] = {
        "asked_ai": False, "diagnosis": None, "diagnosis_story": "", "diagnosis_flags": [], "decision": None,
    }  # fmt: skip
    return {"key": "remote_diagnosis", "visit": 1, "status": "in_progress", **nothing, **fields}


def test_what_ai_had_proposed_and_what_was_decided_is_of_the_diagnosis() -> None:
    decision = {"status": "edited", "cause": "Hose", "problem_code": None, "session_id": str(SESSION)}
    visit = StageVisit.model_validate(before(asked_ai=True, diagnosis=DIAGNOSIS, decision=decision))
    assert visit.advice.keys() == {AiTask.DIAGNOSIS}
    assert visit.advice[AiTask.DIAGNOSIS].asked
    assert visit.diagnosis is not None
    assert (visit.diagnosis.session_id, visit.diagnosis.held_back) == (SESSION, "none proved right")
    assert visit.decision is not None
    assert (visit.decision.status, visit.decision.cause) == (DiagnosisStatus.EDITED, "Hose")


def test_that_nobody_could_answer_is_of_the_diagnosis_and_nobody_is_asked_again() -> None:
    told = before(asked_ai=True, diagnosis_story="diagnosis: openai 429 → nobody", diagnosis_flags=["odd"])
    state = TicketState.model_validate({"opened_at": "2026-11-02T08:00:00Z", "visits": [told]})
    assert state.visits[0].advice == {
        AiTask.DIAGNOSIS: TaskAdvice(asked=True, story="diagnosis: openai 429 → nobody", flags=("odd",))
    }


def test_a_visit_that_ai_was_not_asked_about_has_no_advice() -> None:
    assert StageVisit.model_validate(before()).advice == {}
    assert StageVisit(key="remote_diagnosis").advice == {}


def test_a_state_of_today_comes_back_from_its_json_as_it_is() -> None:
    visit = StageVisit.model_validate(before(asked_ai=True, diagnosis=DIAGNOSIS))
    visit.advised(AiTask.PARTS_RECOMMENDATION).asked = True
    assert StageVisit.model_validate_json(visit.model_dump_json()) == visit
