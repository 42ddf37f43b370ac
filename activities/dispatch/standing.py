"""How things stand beside a plan that is on record: what can still be applied of it, and what asks for a new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from activities.dispatch.reading import Read
from activities.dispatch.records import DispatchRecord, VisitRow
from models.contracts.base import Actor
from models.contracts.commands import AssignEngineer
from models.dispatch.plan import Outcome
from models.vocabulary.tickets import Priority

Row = Mapping[str, Any]
"""A visit of a plan as `get_dispatch_plan()` has it."""

LATE = timedelta(minutes=30)
"""How late a visit may begin or end before the plan counts as overtaken."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one visit of a plan."""

    key: str
    transition_id: UUID
    engineer: str
    outcome: Outcome
    says: str = ""

    @classmethod
    def of(cls, visit: Row, outcome: Outcome, says: str = "") -> Applied:
        return cls(_key(visit), UUID(visit["transition_id"]), visit["engineer"], outcome, says)

    def as_outcome(self) -> dict[str, str]:
        """As `record_dispatch_outcome()` takes it."""
        return {
            "transition_id": str(self.transition_id),
            "engineer": self.engineer,
            "outcome": self.outcome.value,
            "reason": self.says,
        }


def _key(visit: Row) -> str:
    return f"{visit['number']}:{visit['stage_key']}"


def command_of(plan_id: str, visit: Row, actor: Actor) -> AssignEngineer:
    """The command by which a plan gives a visit to its engineer: the same id however often it is applied."""
    return AssignEngineer(
        command_id=f"dispatch:{plan_id}:{visit['transition_id']}",
        actor=actor,
        engineer_code=visit["engineer"],
        stage=visit["stage_key"],
        note=f"Plan of visits {plan_id}" + (f": {visit['reason']}" if visit["reason"] else ""),
    )


class Standing:
    """How things stand now: what a plan was made from may have changed."""

    def __init__(self, record: DispatchRecord, read: Read) -> None:
        self._rows = {one.transition_id: one for one in record.visits}
        self._read = read
        self._engineers = {one.code: one for one in read.problem.engineers}

    def changed(self, visit: Row) -> str | None:
        """Why the visit is left alone; None: it is as the plan has it."""
        row: VisitRow | None = self._rows.get(UUID(visit["transition_id"]))
        if row is None:
            return "it is not open any more, on hold, or waits for something else now"
        if row.under_way is not None:
            return f"{row.engineer or 'somebody'} is on the way or there already"
        if row.engineer not in (visit["present_engineer"], visit["engineer"]):
            return f"it was given to {row.engineer} since" if row.engineer else "it was taken from its engineer since"
        return self._not_on_duty(visit)

    def settled(self, visit: Row) -> Applied | None:
        """What became of a visit that no command has to be sent for; None: one has to."""
        if (changed := self.changed(visit)) is not None:
            return Applied.of(visit, Outcome.SKIPPED, changed)
        row = self._rows[UUID(visit["transition_id"])]
        if row.engineer == visit["engineer"]:
            # Sent by this plan before, or theirs all the time.
            return Applied.of(visit, Outcome.APPLIED if visit["outcome"] == Outcome.APPLIED else Outcome.KEPT)
        if row.crew > 1:
            return Applied.of(visit, Outcome.SKIPPED, "it takes two engineers: assign them by hand")
        return None

    def reasons(self, plan: Row, now: datetime) -> Iterator[str]:
        """What asks for a new plan: somebody is away, a visit is cancelled or takes longer, an emergency has come."""
        known = {UUID(one["transition_id"]) for one in plan["visits"]}
        for row in self._rows.values():
            if row.priority is Priority.P1 and row.under_way is None and row.transition_id not in known:
                yield f"{row.key} is an emergency that the plan does not know"
        for visit in plan["visits"]:
            if visit["engineer"] is not None and (said := self._overtaken(visit, now)) is not None:
                yield said

    def _overtaken(self, visit: Row, now: datetime) -> str | None:
        row, key = self._rows.get(UUID(visit["transition_id"])), _key(visit)
        starts, ends = (datetime.fromisoformat(visit[one]) for one in ("starts_at", "ends_at"))
        if row is None:
            # What was done about when it was planned is as it should be.
            return f"{key} needs no visit any more" if now < starts else None
        if row.under_way is not None:
            return f"{key} takes longer than planned" if now > ends + LATE else None
        if now > starts + LATE:
            return f"{key} has not begun"
        away = self._not_on_duty(visit)
        return None if away is None else f"{key}: {away}"

    def _not_on_duty(self, visit: Row) -> str | None:
        engineer = self._engineers.get(visit["engineer"])
        if engineer is None:
            return f"{visit['engineer']} is not in use any more"
        problem = self._read.problem
        start, end = (problem.second(datetime.fromisoformat(visit[one])) for one in ("starts_at", "ends_at"))
        if end <= 0:
            return "its time has passed"
        on_duty = any(one.span.start <= max(start, 0) and end <= one.span.end for one in engineer.duties)
        return None if on_duty else f"{engineer.code} is not on duty then any more"
