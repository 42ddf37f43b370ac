"""What is warned of when an engineer is put on stages."""

from __future__ import annotations

from models.contracts.assigning import AssignmentWarning
from models.contracts.recommendation import EngineerCase
from models.recommending.concerns import concerns_of, gravest_first
from models.recommending.seen import seen
from models.recommending.shifts import Shifts
from models.travel import TravelModel


def warnings_for(
    case: EngineerCase, stage: str | None = None, travel: TravelModel | None = None
) -> tuple[AssignmentWarning, ...]:
    """What speaks against the engineer whom a case is about, the gravest first.

    Args:
        stage: by its key; None: all open ones that the engineer's own level covers, which is what they are put on then.
            A stage that is not open has nothing to warn of: the ticket refuses it.
    """
    if not case.candidates or not case.candidates[0].active:
        return ()
    [facts] = case.candidates
    stages = [
        one
        for one in case.stages
        if one.key == stage or (stage is None and facts.support_level.covers(one.support_level))
    ]
    shifts, travel = Shifts(case), travel or TravelModel()
    return gravest_first(concern for one in stages for concern in concerns_of(seen(case, one, facts, shifts, travel)))
