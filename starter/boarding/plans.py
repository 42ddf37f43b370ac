"""What a board is about: a plan with the problem that it is one of, wherever they come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pydantic import AwareDatetime

from models.database_calls import Calls
from models.dispatch.plan import Engine, Outcome, Plan
from models.dispatch.problem import Part, Problem
from starter.dispatching.planning import Wanted
from starter.services import Connection


class UnderWay(Part):
    """What an engineer is doing: it is no visit of the plan any more.

    Attributes:
        until: when it is taken to be done.
        arrived: whether they are there, or on the way.
    """

    visit: str
    engineer: str
    since: AwareDatetime
    until: AwareDatetime
    arrived: bool


class BoardPlan(Part):
    """A plan on record, and the problem as it is at a time.

    Attributes:
        made_at, made_by: when and by whom the plan was made.
        read_at: of when the problem is.
        why: by the visit, why it is left out, or why somebody else gets it.
        transitions: by the visit, the visit to a stage that it is on record.
        stages: by the visit, what its stage is called.
        zone: the time zone of most of the engineers.
        applied_at, applied_by: if it was.
    """

    plan_id: UUID
    made_at: AwareDatetime
    made_by: str
    read_at: AwareDatetime
    until: AwareDatetime
    engine: Engine
    notes: tuple[str, ...] = ()
    plan: Plan
    problem: Problem
    why: Mapping[str, str] = {}
    transitions: Mapping[str, UUID] = {}
    stages: Mapping[str, str] = {}
    under_way: tuple[UnderWay, ...] = ()
    zone: str = "UTC"
    applied_at: AwareDatetime | None = None
    applied_by: str | None = None


class Became(Part):
    """What became of a visit when a plan was applied."""

    visit: str
    engineer: str
    outcome: Outcome
    says: str = ""


class Plans(Protocol):
    """Where boards have their plans from, and what makes them true."""

    async def newest(self, database: Calls, start: datetime, until: datetime) -> BoardPlan | None:
        """The plan that was made last of those that have to do with that time."""

    async def make(self, database: Calls, wanted: Wanted, by: str) -> None:
        """Make a plan, and keep it."""

    async def keep(self, database: Calls, board: BoardPlan, plan: Plan, because: str, by: str) -> UUID:
        """Keep a plan that somebody has made of another one by hand."""

    async def apply(self, connection: Connection, plan_id: UUID, by: str) -> tuple[Became, ...]:
        """Make a plan true by commands to its tickets."""
