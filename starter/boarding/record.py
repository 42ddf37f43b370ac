"""Plans as they are on record, and the use cases that make them and make them true."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from activities.dispatch.evaluator import evaluate
from activities.dispatch.reading import Asked, Read, problem_of
from activities.dispatch.records import DispatchRecord
from models.database_calls import Calls
from models.dispatch.plan import Engine, Plan, Route, Stop
from models.dispatch.problem import Problem
from models.freezing import frozen_calendar
from models.sql_functions import SqlFunction
from starter.boarding.plans import Became, BoardPlan, UnderWay
from starter.dispatching.applying import apply
from starter.dispatching.planning import Wanted, propose, read_plan, read_record
from starter.services import Connection


class RecordedPlans:
    """What boards have their plans from."""

    async def newest(self, database: Calls, start: datetime, until: datetime) -> BoardPlan | None:
        """The plan that was made last of those that have to do with that time, in what is the problem now."""
        now = datetime.now(UTC)
        plan_id = await database.call(SqlFunction.FIND_DISPATCH_PLAN, max(start, now), until) if now < until else None
        if plan_id is None:
            return None
        document = await read_plan(database, plan_id)
        ends = datetime.fromisoformat(document["until_at"])
        begins = max(datetime.fromisoformat(document["from_at"]), now)
        record = await read_record(database, begins, ends)
        return await asyncio.to_thread(_board_plan, document, record, begins, ends, now)

    async def make(self, database: Calls, wanted: Wanted, by: str) -> None:
        """Make a plan, and keep it."""
        await propose(database, wanted, by=by, because="asked for on the board")

    async def keep(self, database: Calls, board: BoardPlan, plan: Plan, because: str, by: str) -> UUID:
        """Keep a plan that somebody has made of another one by hand, under the id of the board's plan."""
        document = _document(board, plan, because, by)
        return UUID(str(await database.call(SqlFunction.RECORD_DISPATCH_PLAN, json.dumps(document))))

    async def apply(self, connection: Connection, plan_id: UUID, by: str) -> tuple[Became, ...]:
        """Make a plan true by commands to its tickets."""
        _, applied = await apply(connection, plan_id, by=by)
        return tuple(
            Became(visit=one.key, engineer=one.engineer, outcome=one.outcome, says=one.says) for one in applied
        )


def _board_plan(
    document: Mapping[str, Any], record: DispatchRecord, begins: datetime, ends: datetime, now: datetime
) -> BoardPlan:
    read = problem_of(record, Asked(begins, ends), frozen_calendar)
    keys = {row.transition_id: key for key, row in read.visits.items()}
    engine = Engine(document["engine"])
    zones = Counter(one.time_zone for one in record.engineers)
    return BoardPlan(
        plan_id=document["id"],
        made_at=document["made_at"],
        made_by=document["made_by_code"],
        read_at=now,
        until=ends,
        engine=engine,
        notes=tuple(document["notes"]),
        plan=_plan(document["visits"], read.problem, keys, engine),
        problem=read.problem,
        why={
            keys[UUID(one["transition_id"])]: one["reason"]
            for one in document["visits"]
            if one["reason"] and UUID(one["transition_id"]) in keys
        },
        transitions={key: row.transition_id for key, row in read.visits.items()},
        stages={key: row.stage_name for key, row in read.visits.items()},
        under_way=tuple(_under_way(read)),
        zone=zones.most_common(1)[0][0] if zones else "UTC",
        applied_at=document["applied_at"],
        applied_by=document["applied_by_code"],
    )


def _plan(visits: list[dict[str, Any]], problem: Problem, keys: Mapping[UUID, str], engine: Engine) -> Plan:
    """The plan as its engineers' stops; which duty one belongs to is found by its time."""
    stops: dict[str, list[Stop]] = {}
    left: list[str] = []
    for one in visits:
        key = keys.get(UUID(one["transition_id"]))
        if key is None:
            continue
        if one["engineer"] is None:
            left.append(key)
            continue
        start, end = (problem.second(datetime.fromisoformat(one[at])) for at in ("starts_at", "ends_at"))
        stops.setdefault(one["engineer"], []).append(
            Stop(visit=key, start=start, end=end, travel=round(one["travel"] or 0), kilometres=one["travel_km"] or 0)
        )
    routes = tuple(
        Route(engineer=code, duty=0, stops=tuple(each), return_travel=0, returns=each[-1].end)
        for code, each in stops.items()
    )
    return Plan(engine=engine, routes=routes, left_out=tuple(left))


def _under_way(read: Read) -> Iterator[UnderWay]:
    """What engineers are on now, and until when that is taken to last: their next duty begins there."""
    begins = {one.code: one.duties[0].span.start for one in read.problem.engineers if one.duties}
    for row in read.under_way:
        if row.engineer is None or row.under_way is None:
            continue
        free = read.problem.at(max(begins.get(row.engineer, 0), 0))
        yield UnderWay(
            visit=row.key,
            engineer=row.engineer,
            since=row.under_way,
            until=max(free, row.under_way + timedelta(minutes=15)),
            arrived=row.arrived,
        )


def _document(board: BoardPlan, plan: Plan, because: str, by: str) -> dict[str, Any]:
    problem, objective = board.problem, evaluate(board.problem, plan).objective
    visits = {one.key: one for one in problem.visits}
    placed: list[dict[str, Any]] = [
        {
            "transition_id": str(board.transitions[stop.visit]),
            "engineer": route.engineer,
            "position": position,
            "starts_at": problem.at(stop.start).isoformat(),
            "ends_at": problem.at(stop.end).isoformat(),
            "travel": stop.travel,
            "travel_km": round(stop.kilometres, 1),
            "travel_assumed": stop.assumed,
            "present_engineer": visits[stop.visit].present_engineer,
            "reason_kind": "",
            "reason": "",
        }
        for route in plan.routes
        for position, stop in enumerate(route.stops)
    ]
    placed += [
        {
            "transition_id": str(board.transitions[key]),
            "position": position,
            "present_engineer": visits[key].present_engineer,
            "reason_kind": "",
            "reason": board.why.get(key, ""),
        }
        for position, key in enumerate(plan.left_out)
    ]
    return {
        "plan_id": str(board.plan_id),
        "made_by": by,
        "because": because,
        "from_at": problem.origin.isoformat(),
        "until_at": board.until.isoformat(),
        "engine": plan.engine.value,
        "objective": {**objective.model_dump(), "total": objective.total},
        "notes": list(board.notes),
        "visits": placed,
    }
