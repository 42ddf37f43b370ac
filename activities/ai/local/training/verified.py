"""A verified ticket as a lesson: the case as the engine would have seen it, and what it was in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from activities.ai.local.engine import LocalDiagnostician
from activities.ai.local.faults import Fault
from activities.ai.local.matching import FaultIndex
from activities.ai.local.wording import Finding
from models.contracts.diagnosis import DiagnosisCase, plain_words


@dataclass(frozen=True, slots=True)
class Truth:
    """What sign-off verified.

    Attributes:
        fault: id of the knowledge-base entry that it is; None: a cause that no entry knows.
        cause: its plain words.
        code: the verified problem code, where there is one.
    """

    fault: str | None
    cause: str
    code: str | None

    def is_named_by(self, finding: Finding) -> bool:
        """Whether a finding is this cause: the same entry, or the same words."""
        if finding.fault is not None and finding.fault.id == self.fault:
            return True
        return plain_words(finding.cause) == self.cause


@dataclass(frozen=True, slots=True)
class Lesson:
    """A case and its truth."""

    case: DiagnosisCase
    truth: Truth


@dataclass(slots=True)
class LeftOut:
    """Tickets that nothing can be learnt from, and why. Codes and types are named with how many tickets have them."""

    unknown_codes: Counter[str] = field(default_factory=Counter)
    unknown_types: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0

    @property
    def count(self) -> int:
        return self.unknown_codes.total() + self.unknown_types.total() + self.unreadable


class Teacher:
    """Makes lessons of rows of `verified_tickets()`."""

    def __init__(self, engine: LocalDiagnostician, codes: Container[str]) -> None:
        self._engine, self._codes = engine, codes
        self.left_out = LeftOut()

    def lesson(self, row: Mapping[str, Any], case: Mapping[str, Any] | None = None) -> Lesson | None:
        """The lesson of a row, or None, and then it is counted as left out.

        Args:
            row: `equipment_type`, `description`, `verified_cause`, `verified_code`.
            case: the whole case as JSON; None: type and description will do.
        """
        index = self._engine.index(row["equipment_type"])
        if index is None:
            self.left_out.unknown_types[row["equipment_type"]] += 1
            return None
        code = row["verified_code"]
        if code is not None and code not in self._codes:
            self.left_out.unknown_codes[code] += 1
            return None
        try:
            made = DiagnosisCase.model_validate(
                case or {"description": row["description"], "equipment_type": row["equipment_type"]}
            )
        except ValidationError:
            made = None
        if made is None or not plain_words(row["verified_cause"] or ""):
            self.left_out.unreadable += 1
            return None
        return Lesson(made, truth_of(row["verified_cause"], code, index))


def truth_of(cause: str, code: str | None, index: FaultIndex) -> Truth:
    """Which entry of the knowledge base a verified cause is.

    The one whose cause has the same words. Otherwise the one that `FaultIndex.nearest` finds by most of the words, as
    it does for precedents, unless the verified problem code is another than that entry's. Otherwise none: a cause that
    no entry knows.
    """
    words = plain_words(cause)
    fault: Fault | None = next((one for one in index.faults if plain_words(one.cause) == words), None)
    if fault is None:
        near = index.nearest(cause, code)
        fault = near if near is not None and code in {None, near.code} else None
    return Truth(fault.id if fault else None, words, code)
