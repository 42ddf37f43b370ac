"""The engine as it is shipped: knowledge base and model are read once a process."""

from __future__ import annotations

from functools import cache

from activities.ai.local.engine import LocalDiagnostician
from activities.ai.local.faults import shipped_knowledge
from activities.ai.local.model import shipped_model
from models.contracts.diagnosis import Diagnosis, DiagnosisCase


@cache
def diagnostician() -> LocalDiagnostician:
    """The engine. The first call takes 0.1 or 0.2 s, so a worker makes it before it takes questions.

    Raises:
        KnowledgeError: an edited knowledge base can't be used; the sentence names every place.
    """
    return LocalDiagnostician(shipped_knowledge(), shipped_model())


def diagnose(case: DiagnosisCase) -> Diagnosis:
    """The diagnosis of a case, in some milliseconds, without a network; an abstention is a diagnosis too."""
    return diagnostician().diagnose(case)
