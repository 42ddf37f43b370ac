"""How bad a fault is: by the fault itself, by words of danger or of calm, and by where the unit stands."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from models.ai_vocabulary import Severity
from models.contracts.diagnosis import Evidence, EvidenceSource
from models.vocabulary import InstalledContext

SCALE = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
RAISING = frozenset({InstalledContext.ICU, InstalledContext.OPERATING_ROOM, InstalledContext.EMERGENCY})


def judge_severity(
    own: Severity, description: str, context: InstalledContext | None
) -> tuple[Severity, tuple[Evidence, ...]]:
    """The severity, and what changed it.

    Words of danger make it critical. Otherwise words of calm lower it by one step; without them, pressing words or a
    context of intensive care, theatre or emergency raise it by one.

    Args:
        own: of the fault by itself.
        description: what counts as written by the reporter; sentences that were left out are blanks.
    """
    danger, pressing, calm = _patterns()
    if found := danger.search(description):
        return Severity.CRITICAL, (_quoted(found),)
    if found := calm.search(description):
        return _moved(own, -1), (_quoted(found),)
    evidence = [_quoted(found)] if (found := pressing.search(description)) else []
    if context in RAISING:
        evidence.append(Evidence(source=EvidenceSource.CONTEXT, reference="", quote=context.value.replace("_", " ")))
    return _moved(own, 1 if evidence else 0), tuple(evidence)


def _moved(own: Severity, step: int) -> Severity:
    return SCALE[min(max(SCALE.index(own) + step, 0), len(SCALE) - 1)]


def _quoted(found: re.Match[str]) -> Evidence:
    return Evidence(source=EvidenceSource.DESCRIPTION, reference="", quote=found.group())


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    content = tomllib.loads((Path(__file__).parent / "severity.toml").read_text(encoding="utf-8"))
    danger, pressing, calm = (_any_of(content[kind]) for kind in ("danger", "pressing", "calm"))
    return danger, pressing, calm


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    between = r"[^\w.;!?]+(?:\w+[^\w.;!?]+){0,2}?"
    alternatives = "|".join(between.join(map(re.escape, phrase.split())) for phrase in phrases)
    return re.compile(rf"(?<!\bno )(?<!\bnot )(?<!\bwithout )(?<!\bany )\b(?:{alternatives})\b", re.IGNORECASE)
