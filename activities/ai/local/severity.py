"""How bad a fault is: by the fault itself, by words of danger or of calm, and by where the unit stands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from activities.ai.local.denials import find_denials
from models.contracts.diagnosis import Evidence, EvidenceSource
from models.vocabulary.ai import Severity
from models.vocabulary.equipment import InstalledContext

SCALE = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
RAISING = frozenset({InstalledContext.ICU, InstalledContext.OPERATING_ROOM, InstalledContext.EMERGENCY})


@dataclass(frozen=True, slots=True)
class _Phrases:
    danger: re.Pattern[str]
    burning: re.Pattern[str]
    pressing: re.Pattern[str]
    calm: re.Pattern[str]
    power_off: str


def judge_severity(
    own: Severity, description: str, context: InstalledContext | None
) -> tuple[Severity, tuple[Evidence, ...]]:
    """The severity, and what changed it.

    Words of danger or of burning make it critical. Otherwise words of calm lower it by one step; without them, pressing
    words or a context of intensive care, theatre or emergency raise it by one.

    Args:
        own: of the fault by itself.
        description: what counts as written by the reporter; sentences that were left out are blanks.
    """
    phrases = _phrases()
    affirmed = find_denials(description).blanked(description)
    for dangerous in (phrases.danger, phrases.burning):
        if found := dangerous.search(affirmed):
            return Severity.CRITICAL, (_quoted(found, description),)
    if found := phrases.calm.search(description):
        return _moved(own, -1), (_quoted(found, description),)
    evidence = [_quoted(found, description)] if (found := phrases.pressing.search(affirmed)) else []
    if context in RAISING:
        evidence.append(Evidence(source=EvidenceSource.CONTEXT, reference="", quote=context.value.replace("_", " ")))
    return _moved(own, 1 if evidence else 0), tuple(evidence)


def power_off_first(description: str) -> str | None:
    """What has to be done before all else where the description tells of smoke, fire or a smell of burning."""
    burning = _phrases().burning.search(find_denials(description).blanked(description))
    return _phrases().power_off if burning else None


def _moved(own: Severity, step: int) -> Severity:
    return SCALE[min(max(SCALE.index(own) + step, 0), len(SCALE) - 1)]


def _quoted(found: re.Match[str], description: str) -> Evidence:
    """The words as they stand there: between them some may have been blanked."""
    return Evidence(source=EvidenceSource.DESCRIPTION, reference="", quote=description[found.start() : found.end()])


@cache
def _phrases() -> _Phrases:
    content = tomllib.loads((Path(__file__).parent / "severity.toml").read_text(encoding="utf-8"))
    danger, burning, pressing, calm = (_any_of(content[kind]) for kind in ("danger", "burning", "pressing", "calm"))
    return _Phrases(danger, burning, pressing, calm, content["power_off"])


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    between = r"[^\w.;!?]{1,9}(?:\w{1,40}[^\w.;!?]{1,9}){0,2}?"
    alternatives = "|".join(between.join(map(re.escape, phrase.split())) for phrase in phrases)
    about = r"(?!\W{1,3}(?:detector|alarm|door|drill|extinguisher)s?\b)"
    before = "".join(rf"(?<!\b{word} )" for word in ("no", "not", "without", "any"))
    return re.compile(rf"{before}\b(?:{alternatives})\b{about}", re.IGNORECASE)
