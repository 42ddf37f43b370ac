"""Replanning by itself: what a run is told, and what it did."""

from __future__ import annotations

from uuid import UUID

from models.contracts.base import Message


class Replan(Message):
    """Look whether the plan of visits is overtaken, and make a new one then.

    Attributes:
        because: make one in any case, for that.
    """

    because: str = ""


class WhyReplan(Message):
    """What asks for a new plan.

    Attributes:
        reasons: as sentences; none: the plan stands, or nobody wants plans by themselves.
        apply_it: whether a new plan is applied at once.
    """

    reasons: tuple[str, ...] = ()
    apply_it: bool = False


class MakePlan(Message):
    """Make a plan and keep it.

    Attributes:
        plan_id: under which it is kept; tried again it is the same plan.
    """

    plan_id: UUID
    because: str


class Replanned(Message):
    """What a run did.

    Attributes:
        plan_id: None: nothing asked for a plan.
        planned, left_out, moved: visits of the plan; moved: to somebody else than who has them.
        applied, skipped: visits, where it was applied.
    """

    plan_id: UUID | None = None
    because: str = ""
    planned: int = 0
    left_out: int = 0
    moved: int = 0
    applied: int = 0
    skipped: int = 0
