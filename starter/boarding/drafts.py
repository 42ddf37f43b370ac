"""Drafts of plans: somebody's own, on record after every step, checked after every step, applied by a use case.

What a draft began from is kept with it, so it is the same wherever and whenever it is looked at. What it stands like
after its steps is reckoned anew where this process doesn't know it: from the steps, which are small.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

from models.access import Action, Allowed, may
from models.access import NotAllowed as Verdict
from models.database_calls import Calls
from models.principals import Principal
from models.sql_functions import SqlFunction
from starter.accounts.gate import check
from starter.boarding.plans import Became, BoardPlan, Plans
from starter.boarding.standing import CantMove, Standing, after, standing
from starter.boarding.steps import MOST_STEPS, STEPS, Step, Steps
from starter.dispatching.planning import Wanted
from starter.failures import BadInput, FailureCode, NotAllowed, Refused
from starter.services import Connection

KNOWN = 24
"""Boards that a process knows by heart: some megabytes each."""
FRESH = 15.0
"""Seconds for which a plan that nobody has a draft of is shown as it was read."""
BEGINS = 600.0
"""Seconds for which a draft may begin from a plan as it was read. What is applied is held against the record anyway."""
ZONES = 300.0


class DraftChanged(Refused):
    """Somebody changed their draft in another window, or has none of it any more."""

    code = FailureCode.CHANGED_MEANWHILE


class DraftBroken(Refused):
    """A draft that breaks rules is not applied."""

    code = FailureCode.REFUSED


@dataclass(frozen=True)
class Board:
    """What somebody looks at: a plan, or their draft of it.

    Attributes:
        draft: its id; None: it is the plan itself.
        steps: of which the first `done` hold.
        base: before any step.
        now: after those that hold.
        lost: why what the plan has can't be held any more, by the visit.
    """

    plan: BoardPlan
    base: Standing
    now: Standing
    lost: dict[str, str]
    draft: UUID | None = None
    version: int = 0
    steps: Steps = ()
    done: int = 0

    @cached_property
    def why(self) -> dict[str, str]:
        """Why a visit is left out, as far as somebody has said it."""
        return {**self.plan.why, **self.lost}

    @property
    def may_apply(self) -> bool:
        return not self.now.judged.violations


class Boards:
    """The boards of one process."""

    def __init__(self, plans: Plans, clock: Callable[[], float] = time.monotonic) -> None:
        self._plans = plans
        self._clock = clock
        self._zone: tuple[float, str] | None = None
        self._owners: dict[UUID, str] = {}
        self._drafts: OrderedDict[UUID, Board] = OrderedDict()
        self._read: OrderedDict[tuple[str, datetime, datetime], tuple[float, Board]] = OrderedDict()

    async def zone(self, database: Calls) -> str:
        """The time zone of most of the engineers: in it the days of boards begin and end."""
        if self._zone is None or self._clock() - self._zone[0] > ZONES:
            check(database, Action.DISPATCH)
            rows = await database.rows(SqlFunction.LIST_ENGINEERS, 1000, None)
            zones = Counter(row["time_zone"] for row in rows if row["active"])
            self._zone = self._clock(), zones.most_common(1)[0][0] if zones else "UTC"
        check(database, Action.DISPATCH)
        return self._zone[1]

    async def look(self, database: Calls, start: datetime, until: datetime, *, fresh: bool = False) -> Board | None:
        """The draft of whoever asks, if it has to do with that time; else the newest plan that has, if there is one.

        Raises:
            NotAllowed: they may not plan visits.
        """
        check(database, Action.DISPATCH)
        draft = await self.draft(database)
        if draft is not None and draft.plan.problem.origin < until and start < draft.plan.until:
            return draft
        return await self._newest(database, start, until, fresh=fresh)

    async def _newest(self, database: Calls, start: datetime, until: datetime, *, fresh: bool) -> Board | None:
        place = (owner_of(database), start, until)
        known = self._read.get(place)
        if known is not None and not fresh and self._clock() - known[0] < FRESH:
            return known[1]
        found = await self._plans.newest(database, start, until)
        if found is None:
            self._read.pop(place, None)
            return None
        board = await asyncio.to_thread(_board, found)
        self._read[place] = (self._clock(), board)
        _forget(self._read)
        return board

    async def draft(self, database: Calls) -> Board | None:
        """The draft of whoever asks; None where they have none."""
        check(database, Action.DISPATCH)
        owner = owner_of(database)
        known = next((one for one in self._drafts if self._owners.get(one) == owner), None)
        said = await database.call(SqlFunction.GET_DISPATCH_DRAFT, owner, known)
        if said is None:
            return None
        document = json.loads(said)
        draft_id, version = UUID(document["id"]), int(document["version"])
        board = self._drafts.get(draft_id)
        if board is None:
            begun = BoardPlan.model_validate(document["begun"]) if document["begun"] else None
            if begun is None:  # forgotten between the question and its answer
                whole = json.loads(await database.call(SqlFunction.GET_DISPATCH_DRAFT, owner, None) or "null")
                if whole is None or UUID(whole["id"]) != draft_id:
                    return None
                begun = BoardPlan.model_validate(whole["begun"])
            board = replace(await asyncio.to_thread(_board, begun), draft=draft_id)
        if board.version != version:
            steps = STEPS.validate_python(document["steps"])
            board = await asyncio.to_thread(_stepped, replace(board, version=version, steps=steps), document["done"])
        self._remember(draft_id, owner, board)
        return board

    def _remember(self, draft_id: UUID, owner: str, board: Board) -> None:
        self._drafts[draft_id] = board
        self._owners[draft_id] = owner
        for gone in _forget(self._drafts, draft_id):
            self._owners.pop(gone, None)

    # -- what is done to a draft --------------------------------------------------------------------------------------

    async def step(self, database: Calls, at: Seen, step: Step) -> tuple[Board, Board]:
        """Do something to the draft, which begins by that if there is none; returns it before and after.

        Raises:
            NotAllowed: whoever asks may not put engineers on tickets.
            CantMove: it can't be done; nothing has changed.
            DraftChanged: the draft is not as they have seen it.
        """
        check_may_change(database)
        before = await self._begun(database, at)
        if before.done >= MOST_STEPS:
            raise CantMove("The draft has too many steps. Apply it, or discard it and begin anew.")
        now = await asyncio.to_thread(_checked, before.now, step)
        steps = (*before.steps[: before.done], step)
        return before, await self._keep(database, before, replace(before, now=now, steps=steps, done=len(steps)))

    async def undo(self, database: Calls, at: Seen, by: int = -1) -> tuple[Board, Board]:
        """Take the last step back; with `by=1` do the one again that was taken back last."""
        check_may_change(database)
        before = await self._begun(database, at)
        done = before.done + by
        if before.draft is None or not 0 <= done <= len(before.steps):
            raise CantMove("There is nothing to undo." if by < 0 else "There is nothing to do again.")
        now = await asyncio.to_thread(_stepped, before, done)
        return before, await self._keep(database, before, now)

    async def discard(self, database: Calls, draft: UUID) -> None:
        """End a draft; nothing of it stays."""
        check(database, Action.DISPATCH)
        await database.call(SqlFunction.END_DISPATCH_DRAFT, owner_of(database), draft)
        self._drafts.pop(draft, None)
        self._owners.pop(draft, None)

    async def make(self, database: Calls, wanted: Wanted, by: str) -> None:
        """Make a plan, and keep it."""
        check_may_change(database)
        await self._plans.make(database, wanted, by)
        self._read.clear()

    async def apply(self, connection: Connection, at: Seen, by: str) -> tuple[Became, ...]:
        """Make a plan or a draft true; the draft is over then. Returns what became of its visits.

        Raises:
            NotAllowed: whoever asks may not put engineers on tickets.
            DraftChanged: the draft is not as they have seen it.
            DraftBroken: rules are broken.
        """
        database = connection.database
        check_may_change(database)
        board = await self._seen(database, at)
        if not board.may_apply:
            raise DraftBroken("The draft breaks rules, so it can't be applied. Mend what is listed first.")
        if board.draft is None:
            became = await self._plans.apply(connection, board.plan.plan_id, by)
        else:
            # Pressed twice it is kept once: a draft has one plan.
            plan = board.now.plan.model_copy(update={"engine": board.plan.engine})
            kept = await self._plans.keep(database, _named(board), plan, "changed on the board", by)
            became = await self._plans.apply(connection, kept, by)
            await self.discard(database, board.draft)
        self._read.clear()
        return became

    async def _begun(self, database: Calls, at: Seen) -> Board:
        if at.draft is not None:
            return await self._seen(database, at)
        board = await self._seen(database, at)
        draft = await database.call(SqlFunction.BEGIN_DISPATCH_DRAFT, owner_of(database), board.plan.model_dump_json())
        if draft is None:
            raise DraftChanged("You have a draft already, of another day or in another window. Open the board again.")
        begun = replace(board, draft=draft, version=1)
        self._remember(draft, owner_of(database), begun)
        return begun

    async def _seen(self, database: Calls, at: Seen) -> Board:
        if at.draft is not None:
            # What this process knows is enough: the door holds the version against what is on record.
            known = self._drafts.get(at.draft)
            if known is not None and self._owners.get(at.draft) == owner_of(database) and known.version == at.version:
                return known
            board = await self.draft(database)
            if board is None or board.draft != at.draft or board.version != at.version:
                raise DraftChanged("Your draft has changed in another window. Open the board again.")
            return board
        seen = self._read.get((owner_of(database), at.start, at.until))
        if seen is not None and seen[1].plan.plan_id == at.plan and self._clock() - seen[0] < BEGINS:
            return seen[1]
        board = await self.look(database, at.start, at.until)
        if board is None or board.draft is not None or board.plan.plan_id != at.plan:
            raise DraftChanged("There is a newer plan, or you have a draft of it already. Open the board again.")
        return board

    async def _keep(self, database: Calls, before: Board, now: Board) -> Board:
        assert before.draft is not None  # noqa: S101 - `_begun` has seen to it
        owner, steps = owner_of(database), STEPS.dump_json(now.steps, exclude_defaults=True).decode()
        version = await database.call(
            SqlFunction.KEEP_DISPATCH_STEPS, owner, before.draft, before.version, steps, now.done
        )
        if version is None:
            raise DraftChanged("Your draft has changed in another window. Open the board again.")
        kept = replace(now, version=version)
        self._remember(before.draft, owner, kept)
        return kept


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody had before them when they did something.

    Attributes:
        start, until: the time that the board is about.
        plan: without a draft, which plan.
    """

    start: datetime
    until: datetime
    plan: UUID
    draft: UUID | None = None
    version: int = 0


def owner_of(database: Calls) -> str:
    """Whose drafts these are."""
    if database.principal is None:
        raise BadInput("A draft is somebody's own: sign in first.")
    return database.principal.code


def may_change(principal: Principal) -> bool:
    """Whether somebody changes plans and applies them, or looks at them only."""
    wanted = (may(principal, action) for action in (Action.DISPATCH, "AssignEngineer"))
    return all(isinstance(one, Allowed) for one in wanted)


def check_may_change(database: Calls) -> None:
    """Return where whoever asks changes plans and applies them.

    Raises:
        NotAllowed: they may not; the sentence says who may.
    """
    check(database, Action.DISPATCH)
    if database.principal is not None and not may_change(database.principal):
        verdict = may(database.principal, "AssignEngineer")
        raise NotAllowed(verdict.sentence if isinstance(verdict, Verdict) else "")


def _named(board: Board) -> BoardPlan:
    """A draft as it stands becomes one plan, however often it is applied."""
    assert board.draft is not None  # noqa: S101 - of a draft
    return board.plan.model_copy(update={"plan_id": uuid5(board.draft, str(board.version)), "why": board.why})


def _board(found: BoardPlan) -> Board:
    base, lost = standing(found.problem, found.plan)
    _ = base.judged  # reckoned once, here
    return Board(found, base, base, lost)


def _checked(before: Standing, step: Step) -> Standing:
    now = after(before, step)
    _ = now.judged
    return now


def _stepped(board: Board, done: int) -> Board:
    now = board.base
    for step in board.steps[:done]:
        try:
            now = after(now, step)
        except CantMove:  # of a rule that an older version did not have
            continue
    _ = now.judged
    return replace(board, now=now, done=done)


def _forget(known: OrderedDict[Any, Any], latest: Any = None) -> list[Any]:
    """Forget what was looked at longest ago; returns what was."""
    if latest is not None:
        known.move_to_end(latest)
    gone = []
    while len(known) > KNOWN:
        gone.append(known.popitem(last=False)[0])
    return gone
