"""`python -m bench.ward`: how the local engine does on reports that nothing was fitted to, and which it gets wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from activities.ai.local.shipped import diagnose
from models.contracts.diagnosis import Diagnosis, DiagnosisCase, EvidenceSource

REPORTS = Path(__file__).parent.parent / "tests" / "activities" / "ward_reports.toml"


@dataclass(frozen=True, slots=True)
class WardReport:
    """A report; any of `faults` is right, and none of them: it has to abstain."""

    equipment_type: str
    text: str
    faults: frozenset[str]

    @property
    def case(self) -> DiagnosisCase:
        return DiagnosisCase(description=self.text, equipment_type=self.equipment_type)

    def right(self, said: Diagnosis) -> bool:
        """Whether the answer is one of those that are right."""
        return named(said) in self.faults if self.faults else bool(said.abstained_because)


def reports() -> Iterator[WardReport]:
    """All of them."""
    for one in tomllib.loads(REPORTS.read_text(encoding="utf-8"))["report"]:
        yield WardReport(one["type"], one["text"], frozenset(one["faults"]))


def named(said: Diagnosis) -> str | None:
    """The entry that an answer names; None where it abstains."""
    if said.abstained_because:
        return None
    entries = (one.reference for one in said.hypotheses[0].evidence if one.source is EvidenceSource.KNOWLEDGE)
    return next(entries, None)


def main() -> None:
    right = count = 0
    for one in reports():
        said = diagnose(one.case)
        count += 1
        if one.right(said):
            right += 1
        else:
            what = f"{named(said)} {said.confidence:.0f} %" if named(said) else "abstains"
            print(f"{one.equipment_type}: {one.text!r}: {what}, right: {', '.join(sorted(one.faults)) or 'to abstain'}")
    print(f"{right} of {count} are right")


if __name__ == "__main__":
    main()
