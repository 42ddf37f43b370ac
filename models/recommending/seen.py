"""An engineer beside the work of one stage: what scores, concerns and words are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.contracts.recommendation import CandidateFacts, EngineerCase, StageFacts
from models.recommending.shifts import Shifts
from models.travel import Leg, TravelModel, place_of
from models.vocabulary.people import SupportLevel
from models.zones import zone_info

LEVELS = tuple(SupportLevel)


@dataclass(frozen=True, slots=True)
class Seen:
    """A candidate for a stage.

    Attributes:
        expected: when the work can begin; `due`: by when it is to be done, if anybody says.
        needed: the level of the stage, or that of the diagnosis where it is higher.
        way: from home to the unit at that time; None: the work is remote.
        free_from: from when on they can work; None: nobody knows.
    """

    case: EngineerCase
    stage: StageFacts
    facts: CandidateFacts
    shifts: Shifts
    expected: datetime
    due: datetime | None
    needed: SupportLevel
    way: Leg | None
    free_from: datetime | None

    @property
    def day(self) -> date:
        """On which day the work is expected, where the engineer lives."""
        return self.day_of(self.expected)

    def day_of(self, at: datetime) -> date:
        """On which day an instant is, where the engineer lives."""
        return at.astimezone(zone_info(self.facts.time_zone)).date()

    def is_certified(self, day: date) -> bool:
        """Whether the certificate that their expertise asks for, if any, is valid on a day."""
        known = self.facts.expertise
        if known is None or known.certification is None:
            return True
        return any(first <= day and (last is None or day <= last) for first, last in known.certified)


def seen(case: EngineerCase, stage: StageFacts, facts: CandidateFacts, shifts: Shifts, travel: TravelModel) -> Seen:
    """A candidate of a case beside a stage of it."""
    expected = case.expected_at(stage)
    way = None
    if stage.on_site:
        home, there = place_of(facts.latitude, facts.longitude), place_of(case.unit.latitude, case.unit.longitude)
        way = travel.leg(home, there, expected.astimezone(zone_info(case.unit.time_zone)))
    diagnosis = case.diagnosis_level
    return Seen(
        case=case,
        stage=stage,
        facts=facts,
        shifts=shifts,
        expected=expected,
        due=case.due(stage),
        needed=stage.support_level if diagnosis is None else max(stage.support_level, diagnosis),
        way=way,
        free_from=shifts.free_from(facts, expected),
    )
