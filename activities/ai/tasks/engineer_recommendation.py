"""The task "engineer_recommendation": who is right for a stage. Rules score and order them; models find the words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from activities.ai.providers.errors import ABSTAINED, AiAbstained
from activities.ai.tasks.fencing import fence
from activities.ai.tasks.prompts import task_prompt
from activities.ai.tasks.task import AiTaskDefinition
from models.contracts.recommendation import (
    CHOICES,
    EngineerCase,
    EngineerChoice,
    EngineerQuestion,
    EngineerRecommendation,
    ScoredEngineer,
    check_recommendation,
)
from models.recommending.ranking import ranked
from models.vocabulary.ai import AiTask

NO_STAGE = "the stage is not open, or it is no engineer's"
NOBODY = "no engineer can be recommended"


def narrowed(subject: Mapping[str, Any], stage: str | None) -> Mapping[str, Any]:
    """The best candidates for a stage, of all that were looked up. A subject that is narrowed already stays."""
    if "unit" not in subject:
        return subject
    case = EngineerCase.model_validate(subject)
    found = case.stage(stage) if stage is not None else None
    if found is None:
        question = EngineerQuestion(
            number=case.number,
            stage=stage or "",
            equipment_type=case.unit.equipment_type,
            support_level=case.diagnosis_level or "L1",
            on_site=False,
            passed_over=(NO_STAGE,),
        )
    else:
        question = ranked(case, found).question()
    return question.model_dump(mode="json")


def question(subject: Mapping[str, Any]) -> str:
    """The candidates for a model, the best first; what stands in the registry is between marks."""
    return "\n".join(_question(EngineerQuestion.model_validate(subject)))


def _question(asked: EngineerQuestion) -> Iterator[str]:
    where = "on site" if asked.on_site else "remotely"
    yield f"Ticket {asked.number}. Level {asked.support_level.value} is needed, {where}, for this stage and equipment:"
    yield fence(f"{asked.stage}\n{asked.equipment_type}", "work")
    yield f"Candidates, the best first; recommend the first {min(CHOICES, len(asked.candidates))}, in this order:"
    for one in asked.candidates:
        yield fence(one.model_dump_json(), f"candidate {one.code}")


def written(subject: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """What people wrote: names of engineers and equipment in the registry."""
    yield "registry", f"{subject.get('stage', '')}\n{subject.get('equipment_type', '')}"
    for one in subject.get("candidates", ()):
        yield "registry", str(one.get("reasoning", ""))


def check(answer: EngineerRecommendation, subject: Mapping[str, Any]) -> None:
    """An answer has whom the scores have, in their order, and says no figure that was not given.

    Raises:
        AiAbstained: it says that it can't say, and why.
        ValueError: it has not.
    """
    if answer.abstained_because.strip():
        raise AiAbstained(answer.abstained_because.strip(), reason=ABSTAINED)
    check_recommendation(answer, EngineerQuestion.model_validate(subject))


def engine(subject: Mapping[str, Any]) -> EngineerRecommendation:
    """The built-in answer: the first three with the sentences that are made of their facts.

    Raises:
        ValueError: nobody can be recommended; the sentence says why.
    """
    asked = EngineerQuestion.model_validate(subject)
    if not asked.candidates:
        why = "; ".join(asked.passed_over) or "nobody has expertise for this equipment"
        raise ValueError(f"{NOBODY}: {why}")
    return EngineerRecommendation(
        choices=tuple(_choice(one) for one in asked.candidates[:CHOICES]), abstained_because=""
    )


def _choice(one: ScoredEngineer) -> EngineerChoice:
    return EngineerChoice(
        engineer_code=one.code,
        overall_score=one.overall,
        expertise_score=one.expertise,
        availability_score=one.availability,
        location_score=one.location,
        performance_score=one.performance,
        workload_score=one.workload,
        reasoning=one.reasoning,
        strengths=one.strengths,
        concerns=one.concerns,
    )


ENGINEER_RECOMMENDATION = AiTaskDefinition(
    task=AiTask.ENGINEER_RECOMMENDATION,
    output=EngineerRecommendation,
    prompt=task_prompt("engineer_recommendation"),
    question=question,
    written=written,
    check=check,
    narrowed=narrowed,
)
