"""What the pages of the board show without a script: engineers with their visits, what is left out, one visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from models.dispatch.plan import Route, Stop
from models.dispatch.problem import Engineer, Span, Visit
from starter.boarding.drafts import Board
from starter.portal.board_data import cost
from starter.portal.board_words import unfit, wrong
from starter.portal.words import Words

A_PAGE = 15
"""Engineers of a page; with some ten visits each it stays a light one."""
LEFT_OUT = 25
WRONG = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A visit of an engineer's day."""

    visit: Visit
    start: datetime
    end: datetime
    travel: int
    assumed: bool
    deadline: datetime | None
    is_late: bool
    is_wrong: bool


@dataclass(frozen=True)
class Day:
    """An engineer's day."""

    engineer: Engineer
    hours: Sequence[tuple[datetime, datetime]]
    rows: Sequence[Row]


class View:
    """A board on a day; without a plan there is nothing to see."""

    def __init__(self, board: Board | None, day: date, zone: str, page: int = 0, left: int = 0) -> None:
        self.board, self.day, self.page, self.left_page = board, day, page, left
        self._zone = ZoneInfo(zone)

    @property
    def shown(self) -> Board:
        assert self.board is not None  # noqa: S101 - templates ask only where there is one
        return self.board

    def at(self, second: int) -> datetime:
        return self.shown.plan.problem.at(second)

    @cached_property
    def cost(self) -> dict[str, tuple[int, int]]:
        """What it costs, before any step and now."""
        before, now = cost(self.shown.base.judged), cost(self.shown.now.judged)
        return {name: (before[name], now[name]) for name in before}

    @cached_property
    def wrong_visits(self) -> set[str]:
        return {one.visit for one in self.shown.now.judged.violations if one.visit is not None}

    def wrong(self, words: Words) -> list[tuple[str, str, str]]:
        """What is wrong: the visit, the engineer, the sentence."""
        return [
            (one.visit or "", one.engineer or "", wrong(words, one)) for one in self.shown.now.judged.violations[:WRONG]
        ]

    @cached_property
    def _on_day(self) -> tuple[int, int]:
        problem = self.shown.plan.problem
        begins = datetime.combine(self.day, datetime.min.time(), self._zone)
        ends = datetime.combine(self.day + timedelta(days=1), datetime.min.time(), self._zone)
        return problem.second(begins), problem.second(ends)

    @cached_property
    def pages(self) -> int:
        return -(-len(self.shown.now.problem.engineers) // A_PAGE)

    @cached_property
    def left_pages(self) -> int:
        return -(-len(self.shown.now.left_out) // LEFT_OUT)

    @cached_property
    def days(self) -> list[Day]:
        """The engineers of this page with what they do on the day."""
        begins, ends = self._on_day
        routes: dict[str, list[Route]] = {}
        for duties, route in sorted(self.shown.now.routes.items()):
            routes.setdefault(duties[0], []).append(route)
        engineers = self.shown.now.problem.engineers[self.page * A_PAGE : (self.page + 1) * A_PAGE]

        def today(span: Span) -> bool:
            return span.start < ends and begins < span.end

        return [
            Day(
                engineer,
                [(self.at(one.span.start), self.at(one.span.end)) for one in engineer.duties if today(one.span)],
                [
                    self._row(stop)
                    for route in routes.get(engineer.code, ())
                    for stop in route.stops
                    if begins <= stop.start < ends
                ],
            )
            for engineer in engineers
        ]

    @cached_property
    def left_out(self) -> list[tuple[Visit, str, datetime | None]]:
        """What is left out on this page, why, and until when it was promised."""
        now = self.shown.now
        keys = now.left_out[self.left_page * LEFT_OUT : (self.left_page + 1) * LEFT_OUT]
        return [(now.visits[one], self.shown.why.get(one, ""), self._deadline(now.visits[one])) for one in keys]

    def stage(self, visit: Visit) -> str:
        return self.shown.plan.stages.get(visit.key, visit.stage)

    def _deadline(self, visit: Visit) -> datetime | None:
        return None if visit.deadline is None else self.at(visit.deadline)

    def _row(self, stop: Stop) -> Row:
        visit = self.shown.now.visits[stop.visit]
        return Row(
            visit,
            self.at(stop.start),
            self.at(stop.end),
            round(stop.travel / 60),
            stop.assumed,
            self._deadline(visit),
            visit.deadline is not None and stop.end > visit.deadline,
            visit.key in self.wrong_visits,
        )


@dataclass(frozen=True)
class VisitView:
    """One visit: where it is, what is wrong with it, and who could do it.

    Attributes:
        at: when it begins, for a field of a form; without it is left out.
        fit: engineers who are qualified for it.
        unfit: those who are not, with the reason.
    """

    visit: Visit
    on: Sequence[tuple[Engineer, datetime, datetime]]
    at: str
    deadline: datetime | None
    why: str
    wrong: Sequence[str]
    fit: Sequence[Engineer]
    unfit: Sequence[tuple[Engineer, str]]
    is_locked: bool

    @classmethod
    def of(cls, board: Board, key: str, zone: str, words: Words) -> VisitView:
        now, problem = board.now, board.plan.problem
        visit = now.visits[key]
        on = [
            (now.engineers[duties[0]], problem.at(stop.start), problem.at(stop.end))
            for duties in now.where.get(key, ())
            for stop in now.routes[duties].stops
            if stop.visit == key
        ]
        begins = on[0][1] if on else board.plan.problem.origin
        whys = {one.code: unfit(words, one, visit) for one in problem.engineers}
        return cls(
            visit,
            on,
            f"{begins.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}",
            None if visit.deadline is None else problem.at(visit.deadline),
            "" if on else board.why.get(key, ""),
            [wrong(words, one) for one in now.judged.violations if one.visit == key],
            [one for one in problem.engineers if not whys[one.code]],
            [(one, whys[one.code]) for one in problem.engineers if whys[one.code]],
            visit.pinned_engineer is not None,
        )
