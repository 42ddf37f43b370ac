"""What is said of an engineer, as words with values in them: a front may say them in another language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from models.contracts.assigning import Sentence
from models.vocabulary.assigning import AssignmentConcern, Gravity

CONCERNS: Final[Mapping[AssignmentConcern, tuple[Gravity, str]]] = MappingProxyType(
    {
        AssignmentConcern.AWAY_THROUGHOUT: (
            Gravity.IMPOSSIBLE,
            "{engineer} is away until {back}, and {stage} is due {due}. If they are back, correct the absence",
        ),
        AssignmentConcern.AWAY: (Gravity.SERIOUS, "{engineer} is away until {back}"),
        AssignmentConcern.AWAY_SOON: (Gravity.WARNING, "{engineer} is away from {leaves} on, before {stage} is due"),
        AssignmentConcern.NO_EXPERTISE: (Gravity.SERIOUS, "{engineer} has no expertise on record for {equipment}"),
        AssignmentConcern.OTHER_MAKES: (
            Gravity.SERIOUS,
            "{engineer} knows {equipment} of other makes, and not of {make}",
        ),
        AssignmentConcern.LEVEL_BELOW_STAGE: (
            Gravity.SERIOUS,
            "{engineer} has level {level} for {equipment}, and {stage} needs {needed}",
        ),
        AssignmentConcern.LEVEL_BELOW_DIAGNOSIS: (
            Gravity.WARNING,
            "{engineer} has level {level} for {equipment}, and the diagnosis asks for {needed}",
        ),
        AssignmentConcern.CERTIFICATE_MISSING: (
            Gravity.SERIOUS,
            "{engineer} has no valid certificate {certificate} on {day}, when the work is expected",
        ),
        AssignmentConcern.CERTIFICATE_EXPIRES: (
            Gravity.WARNING,
            "the certificate {certificate} of {engineer} ends on {day}, before {stage} is due",
        ),
        AssignmentConcern.HOLIDAY: (
            Gravity.WARNING,
            "{day} is {holiday} in the calendar of {engineer}; they work again from {opens} on",
        ),
        AssignmentConcern.OUTSIDE_SHIFT: (
            Gravity.WARNING,
            "it is outside the working hours of {engineer}; they work again from {opens} on",
        ),
        AssignmentConcern.NO_CALENDAR: (
            Gravity.WARNING,
            "no version of the shift calendar of {engineer} is in force, so nobody knows when they work",
        ),
        AssignmentConcern.FAR: (
            Gravity.WARNING,
            "{engineer} travels about {minutes} min to the unit ({kilometres} km by road, as reckoned)",
        ),
        AssignmentConcern.WAY_UNKNOWN: (
            Gravity.WARNING,
            "the way of {engineer} is not known, because coordinates are missing; {kilometres} km are assumed",
        ),
        AssignmentConcern.AT_CAPACITY: (
            Gravity.WARNING,
            "{engineer} has {load} tickets this month, and capacity for {capacity}",
        ),
    }
)
"""How serious each concern is, and how it is said; without a full stop."""

EXACT_LEVEL: Final = "has level {level}, as the work needs"
HIGHER_LEVEL: Final = "has level {level}, more than the {needed} that the work needs"
YEARS: Final = "has {years} years of experience with {equipment}"
MAKE: Final = "knows {equipment} of {make} in particular"
CERTIFIED: Final = "holds the certificate {certificate}"
FREE_THEN: Final = "is free when the work is expected"
FREE_LATER: Final = "is free from {free} on, {hours} h after the work is expected"
NEVER_FREE: Final = "is not free as far as is known"
NEAR: Final = "is about {minutes} min away"
REMOTE: Final = "the work is remote: where they live does not count"
FIXED_FIRST: Final = "fixed {fixed} of {jobs} like on-site jobs at the first visit (24 months)"
NO_TRACK: Final = "has no like tickets in the last 24 months, so the mean of all engineers counts"
ROOM: Final = "has {load} of {capacity} tickets this month, and {visits} open visits"

OTHERS: Final = (
    EXACT_LEVEL, HIGHER_LEVEL, YEARS, MAKE, CERTIFIED, FREE_THEN, FREE_LATER, NEVER_FREE, NEAR, REMOTE, FIXED_FIRST,
    NO_TRACK, ROOM,
)  # fmt: skip
"""Everything else that is said of an engineer; none of it names them."""


def sentence(text: str, **values: object) -> Sentence:
    """Words, with what stands in them."""
    return Sentence(text=text, values={name: str(value) for name, value in values.items()})
