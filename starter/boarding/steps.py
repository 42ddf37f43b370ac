"""What somebody does to a draft, one thing after the other: messages that are kept as they are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, TypeAdapter

from models.dispatch.problem import Part, Problem, Seconds

MOST_STEPS: Final = 500
"""Steps of one draft; the table holds that as well."""

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Doing(StrEnum):
    """What can be done to a visit of a draft."""

    MOVE = "move"
    LEAVE_OUT = "leave_out"
    LOCK = "lock"
    """Its engineer and its start stay as they are, whoever or whatever plans on."""

    UNLOCK = "unlock"


class Step(Part):
    """One thing that somebody did.

    Attributes:
        engineer: who shall serve it; of a move alone.
        instead_of: whose part of it that was, where it takes two; None: whoever has it, or nobody.
        at: when it shall begin; it begins later where the way there takes longer.
    """

    doing: Doing
    visit: Name
    engineer: Name | None = None
    instead_of: Name | None = None
    at: AwareDatetime | None = None


Steps = tuple[Step, ...]
STEPS: Final[TypeAdapter[Steps]] = TypeAdapter(Steps)


SOONEST: Final = -(10**9)


def seconds_of(step: Step, problem: Problem) -> Seconds:
    """When a move shall begin; without a time as soon as there is room."""
    return SOONEST if step.at is None else problem.second(step.at)
