"""Diagnoses of AI that are on record: which of them people had seen, and which came when nothing moved any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.contracts.proposals import ProposedDiagnosis
from models.contracts.templates import TemplateSnapshot
from models.contracts.told import StageRef
from models.vocabulary import StageStatus
from models.vocabulary.ai import AiTask, DiagnosisStatus
from workflows.engine.recall import Recall
from workflows.proposal import LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class RecordedDiagnosis:
    """A diagnosis that AI gave for a visit."""

    stage: StageRef
    proposed: ProposedDiagnosis
    superseded: bool


def diagnoses_of(rows: Iterable[Mapping[str, Any]], template: TemplateSnapshot) -> tuple[RecordedDiagnosis, ...]:
    """The rows of `get_ai_diagnosis()`, oldest first, as a ticket shows them."""
    return tuple(
        RecordedDiagnosis(
            StageRef(key=row["stage_key"], visit=row["visit"]),
            _proposed(row, template),
            row["status"] == DiagnosisStatus.SUPERSEDED.value,
        )
        for row in rows
    )


def shown_then(memory: Recall, known: Iterable[RecordedDiagnosis]) -> tuple[RecordedDiagnosis, ...]:
    """Let the ticket show what people had seen. Returns what is left: the answers that came after the last fact.

    Those may never have reached the ticket, so what they mean for it has still to happen. Whatever came before a fact
    has reached it: facts are told by the same tasks that answers come with.
    """
    latest = memory.state.latest or memory.state.opened_at
    unseen: list[RecordedDiagnosis] = []
    for one in known:
        visit = next((v for v in memory.state.visits if (v.key, v.visit) == (one.stage.key, one.stage.visit)), None)
        if visit is None:
            continue
        if visit.is_over:
            if memory.shown.get((visit.key, visit.visit)) == one.proposed.session_id:
                memory.show(one.stage, one.proposed)
        elif visit.status is StageStatus.IN_PROGRESS and not one.superseded:
            if one.proposed.at <= latest:
                memory.show(one.stage, one.proposed)
            else:
                unseen.append(one)
    return tuple(unseen)


def _proposed(row: Mapping[str, Any], template: TemplateSnapshot) -> ProposedDiagnosis:
    definition = next((stage for stage in template.stages if stage.key == row["stage_key"]), None)
    task = definition.ai_task(AiTask.DIAGNOSIS) if definition is not None else None
    confidence = float(row["confidence"])
    return ProposedDiagnosis(
        session_id=row["session_id"],
        provider=row["provider_code"],
        model=row["model_code"] or "",
        at=datetime.fromisoformat(row["proposed_at"]),
        summary=row["summary"][:LONGEST_TEXT],
        cause=row["root_cause"][:LONGEST_TEXT],
        problem_code=row["problem_code"],
        confidence=confidence,
        uncertain=task is not None and confidence < task.minimum_confidence,
        severity=row["severity"],
        support_level=row["support_level"],
        remote_fix_possible=row["remote_fix_possible"],
        flags=tuple(row["flags"]),
        story=f"diagnosis: {row['provider_code']}",
    )
