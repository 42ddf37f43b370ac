"""What there may be to say against putting an engineer on a stage."""

from __future__ import annotations

from enum import StrEnum


class AssignmentConcern(StrEnum):
    """What may speak against an engineer. `models.recommending.concerns` says how serious each is."""

    AWAY_THROUGHOUT = "away_throughout"
    """From when the work is expected until after it is due."""
    AWAY = "away"
    """When the work is expected, and back before it is due."""
    AWAY_SOON = "away_soon"
    """An absence begins before the work is due."""
    NO_EXPERTISE = "no_expertise"
    OTHER_MAKES = "other_makes"
    """They know the type of equipment, of other makes alone."""
    LEVEL_BELOW_STAGE = "level_below_stage"
    """On this type of equipment; whose own level is too low is refused by the ticket."""
    LEVEL_BELOW_DIAGNOSIS = "level_below_diagnosis"
    CERTIFICATE_MISSING = "certificate_missing"
    """The one that their expertise asks for is not valid on the day of the work."""
    CERTIFICATE_EXPIRES = "certificate_expires"
    """It is valid then, and ends before the work is due."""
    HOLIDAY = "holiday"
    OUTSIDE_SHIFT = "outside_shift"
    NO_CALENDAR = "no_calendar"
    """No version of their shift calendar is in force."""
    FAR = "far"
    WAY_UNKNOWN = "way_unknown"
    """Coordinates are missing, so the way to the unit is assumed."""
    AT_CAPACITY = "at_capacity"


class Gravity(StrEnum):
    """What follows from a concern: it is told; somebody has to say that it is to be done anyway; it can't be."""

    WARNING = "warning"
    SERIOUS = "serious"
    IMPOSSIBLE = "impossible"
