"""What the script of the board is given: all of a plan, and after each step what has changed of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.dispatch.plan import Route
from models.dispatch.problem import Visit
from starter.boarding.drafts import Board
from starter.boarding.judging import Judged
from starter.boarding.standing import Standing
from starter.portal.board_words import unfit, wrong
from starter.portal.words import Words

MOST_WRONG = 200
"""What is wrong with a draft: more than that nobody reads."""


def whole(board: Board, words: Words) -> dict[str, Any]:
    """Everything, in as few words as it takes: visits and engineers by their places, times in seconds from `origin`."""
    problem, plan = board.now.problem, board.plan
    classes: dict[tuple[object, ...], int] = {}
    examples: list[Visit] = []
    visits = []
    for one in problem.visits:
        asked = (one.equipment_type, one.manufacturer, one.level, one.capabilities)
        if asked not in classes:
            classes[asked] = len(examples)
            examples.append(one)
        visits.append(
            {
                "k": one.key,
                "t": one.ticket or one.key,
                "s": words(plan.stages.get(one.key, one.stage)),
                "c": one.customer,
                "p": one.priority.value,
                "u": one.duration,
                "q": classes[asked],
                **({} if one.deadline is None else {"d": one.deadline}),
                **({} if one.crew == 1 else {"m": one.crew}),
            }
        )
    return {
        "origin": round(problem.origin.timestamp()),
        "read": round(plan.read_at.timestamp()),
        "zone": plan.zone,
        "days": list(_days(board)),
        "visits": visits,
        "kinds": [[one.equipment_type.replace("_", " "), one.manufacturer or "", one.level.value] for one in examples],
        "engineers": [
            {
                "c": one.code,
                "n": one.name,
                "l": one.level.value,
                "d": [[each.span.start, each.span.end] for each in one.duties],
                "b": [[off.start, off.end] for each in one.duties for off in each.breaks],
            }
            for one in problem.engineers
        ],
        "unfit": [
            {place: why for place, one in enumerate(problem.engineers) if (why := unfit(words, one, example))}
            for example in examples
        ],
        "under": [
            [
                one.engineer,
                problem.second(one.since),
                problem.second(one.until),
                one.visit,
                int(one.arrived),
            ]
            for one in plan.under_way
        ],
        "why": {place: board.why[one.key] for place, one in enumerate(problem.visits) if one.key in board.why},
        **changed(board, None, words),
    }


def changed(board: Board, before: Standing | None, words: Words) -> dict[str, Any]:
    """What a step has changed: routes by the engineer, and what is small enough to be said anew.

    Args:
        before: how it stood; None: say all routes.
    """
    now = board.now
    places = {one.key: place for place, one in enumerate(now.problem.visits)}
    touched = {
        duties[0] for duties, route in now.routes.items() if before is None or before.routes.get(duties) is not route
    }
    routes: dict[str, list[list[int]]] = {code: [] for code in touched}
    for duties, route in sorted(now.routes.items()):
        if duties[0] in touched:
            routes[duties[0]] += _stops(route, places)
    judged = now.judged
    return {
        "draft": None if board.draft is None else str(board.draft),
        "plan": str(board.plan.plan_id),
        "version": board.version,
        "done": board.done,
        "steps": len(board.steps),
        "routes": routes,
        "left": [places[one] for one in now.left_out],
        "locked": [places[one.key] for one in now.problem.visits if one.pinned_engineer is not None],
        "wrong": [
            [places.get(one.visit or "", -1), one.engineer or "", wrong(words, one)]
            for one in judged.violations[:MOST_WRONG]
        ],
        "wrongs": len(judged.violations),
        "cost": {"before": cost(board.base.judged), "now": cost(judged)},
    }


def cost(judged: Judged) -> dict[str, int]:
    """What a draft costs, in minutes and numbers of visits."""
    return {
        "travel": round(judged.travel / 60),
        "late": judged.late,
        "left": sum(judged.left_out.values()),
        "moved": len(judged.moved),
        "total": round(judged.total / 60),
    }


def _stops(route: Route, places: dict[str, int]) -> list[list[int]]:
    """Each stop: which visit, its start, its way, and whether that is assumed."""
    return [[places[one.visit], one.start, one.travel, int(one.assumed)] for one in route.stops]


def _days(board: Board) -> Iterator[list[Any]]:
    """The local days of the plan: their dates, and from which second to which they last."""
    problem, zone = board.plan.problem, ZoneInfo(board.plan.zone)
    day = problem.origin.astimezone(zone).date()
    while True:
        begins = datetime.combine(day, datetime.min.time(), zone)
        ends = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
        if begins >= board.plan.until:
            return
        yield [day.isoformat(), problem.second(begins), problem.second(ends)]
        day += timedelta(days=1)
