"""`/board…`: who goes where and when on a day; what if it were otherwise; and making it so."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from models.database_errors import DatabaseError
from models.dispatch.plan import Engine
from models.instants import EARLIEST, LATEST
from starter.boarding.drafts import Board, Boards, Seen, check_may_change, may_change
from starter.boarding.plans import Became
from starter.boarding.steps import Doing, Step
from starter.dispatching.planning import Wanted
from starter.failures import BadInput, Failure, NotSignedIn
from starter.portal.board_data import changed, whole
from starter.portal.board_view import View, VisitView
from starter.portal.board_words import OF_THE_SCRIPT
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.forms import entry, whole_number
from starter.portal.pages import go_to, page
from starter.portal.routes import looked_at, sent
from starter.portal.times import Times
from starter.portal.visitors import Visitor, from_our_script, visitor_of
from starter.services import failure_of

WAIT = 20.0
SECONDS = (5, 15, 60)
"""How long solvers may look for a plan that somebody asks for here."""
LONGEST = 14
"""Days of a plan that is asked for here."""

DONE = {
    "made": "The plan is made. Nothing is changed at any ticket until it is applied.",
    "step": "It is in your draft.",
    "undo": "The last step is taken back.",
    "redo": "The step is done again.",
    "discard": "The draft is discarded.",
}


class Change(BaseModel):
    """What the script of the board sends.

    Attributes:
        read: as of when its plan is, in seconds of Unix time: where it is of another time by now, all is said anew.
    """

    model_config = ConfigDict(extra="forbid")

    day: date
    plan: UUID
    draft: UUID | None = None
    version: Annotated[int, Field(ge=0)] = 0
    read: int = 0
    step: Step | None = None
    undo: Annotated[int, Field(ge=-1, le=1)] = 0


def boards_of(request: Request) -> Boards:
    """The boards of this server."""
    boards: Boards = request.app.state.boards
    return boards


async def board(visitor: Visitor) -> Response:
    """The newest plan of a day, or somebody's draft of it."""
    return await _shown(visitor, None)


async def _shown(visitor: Visitor, failure: Failure | None, found: Board | None = None) -> Response:
    boards, database = boards_of(visitor.request), visitor.known().database
    zone = await boards.zone(database)
    day = _day(visitor.request.query_params.get("day"), zone)
    start, until = _span(day, zone)
    found = found or await boards.look(database, start, until)
    other = await boards.draft(database) if found is not None and found.draft is None else None
    view = View(found, day, zone, _number(visitor, "page"), _number(visitor, "left"))
    done = DONE.get(visitor.request.query_params.get("done", ""), "")
    return page(
        visitor,
        "board.html",
        status=HTTPStatus.OK if failure is None else status_of(failure),
        times=Times(visitor.words, zone),
        view=view,
        day=day,
        today=_day(None, zone),
        before=day - timedelta(days=1),
        following=day + timedelta(days=1),
        elsewhere=None if other is None else other.plan.problem.origin.astimezone(ZoneInfo(zone)).date(),
        over=until <= datetime.now(UTC),
        may_act=may_change(visitor.known().principal),
        seconds=SECONDS,
        failure="" if failure is None else sentence_of(failure, visitor.words),
        remedies=[] if failure is None else remedies_of(failure, visitor.words),
        note=visitor.words(done) if done and failure is None else "",
        script_words=json.dumps({one: visitor.words(one) for one in OF_THE_SCRIPT}, ensure_ascii=False),
    )


async def data(visitor: Visitor) -> Response:
    """The same for the script, all of it."""
    boards, database = boards_of(visitor.request), visitor.known().database
    zone = await boards.zone(database)
    start, until = _span(_day(visitor.request.query_params.get("day"), zone), zone)
    found = await boards.look(database, start, until)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return _packed(visitor.request, _json(whole(found, visitor.words)))


async def one_visit(visitor: Visitor) -> Response:
    """A visit of a plan, and what can be done about it."""
    return await _visit(visitor, None)


async def _visit(visitor: Visitor, failure: Failure | None, typed: FormData | None = None) -> Response:
    boards, database = boards_of(visitor.request), visitor.known().database
    zone = await boards.zone(database)
    said = typed if typed is not None else visitor.request.query_params
    day = _day(str(said.get("day") or ""), zone)
    start, until = _span(day, zone)
    found = await boards.look(database, start, until)
    key = str(said.get("visit") or "")
    if found is None or key not in found.now.visits:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return page(
        visitor,
        "board_visit.html",
        status=HTTPStatus.OK if failure is None else status_of(failure),
        times=Times(visitor.words, zone),
        view=View(found, day, zone),
        one=VisitView.of(found, key, zone, visitor.words),
        day=day,
        typed={name: "" if typed is None else entry(typed, name) for name in ("engineer", "at", "instead_of")},
        may_act=may_change(visitor.known().principal),
        failure="" if failure is None else sentence_of(failure, visitor.words),
        remedies=[] if failure is None else remedies_of(failure, visitor.words),
    )


async def do(visitor: Visitor, form: FormData) -> Response:
    """Do to a draft, or to the plan, what a form says."""
    doing = visitor.request.path_params["doing"]
    boards, asking = boards_of(visitor.request), visitor.known()
    zone = await boards.zone(asking.database)
    day = _day(entry(form, "day"), zone)
    check_may_change(asking.database)
    try:
        if doing == "make":
            await boards.make(asking.database, _wanted(form, day, zone), asking.principal.code)
            return go_to("/board", day=day.isoformat(), done="made")
        seen = _seen(form, day, zone)
        if doing == "step":
            await boards.step(asking.database, seen, _step(form, zone))
        elif doing in {"undo", "redo"}:
            await boards.undo(asking.database, seen, -1 if doing == "undo" else 1)
        elif doing == "discard":
            await boards.discard(asking.database, _uuid(entry(form, "draft")))
        elif doing == "apply":
            return await _applied(visitor, boards, seen, day)
        else:
            raise HTTPException(HTTPStatus.NOT_FOUND)
    except Failure as failure:
        if status_of(failure) not in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT}:
            raise
        if doing == "step":
            return await _visit(visitor, failure, form)
        return await _shown(visitor, failure)
    return go_to("/board", day=day.isoformat(), done=doing)


async def _applied(visitor: Visitor, boards: Boards, seen: Seen, day: date) -> Response:
    asking = visitor.known()
    became = await boards.apply(await asking.connection(WAIT), seen, asking.principal.code)
    by_outcome: dict[str, list[Became]] = {}
    for one in became:
        by_outcome.setdefault(one.outcome.value, []).append(one)
    return page(visitor, "board_applied.html", day=day, outcomes=by_outcome, number=len(became))


async def change(request: Request) -> Response:
    """What the script sends: a step, or one that is taken back; answered by what that has changed."""
    try:
        visitor = await visitor_of(request)
        from_our_script(request)
        asking = visitor.known()
    except NotSignedIn as error:
        return _json({"said": str(error)}, HTTPStatus.UNAUTHORIZED)
    except (Failure, DatabaseError) as error:
        failure = failure_of(error)
        return _json(
            {"said": "" if failure is None else str(failure)},
            HTTPStatus.SERVICE_UNAVAILABLE if failure is None else status_of(failure),
        )
    try:
        said = Change.model_validate_json(await request.body())
    except ValidationError:
        sentence = visitor.words("What you sent can't be read. Open the page again.")
        return _json({"said": sentence}, HTTPStatus.UNPROCESSABLE_ENTITY)
    boards = boards_of(request)
    try:
        start, until = _span(said.day, await boards.zone(asking.database))
        seen = Seen(start, until, said.plan, said.draft, said.version)
        if said.step is not None:
            before, now = await boards.step(asking.database, seen, said.step)
        else:
            before, now = await boards.undo(asking.database, seen, said.undo)
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        words = " ".join([sentence_of(failure, visitor.words), *remedies_of(failure, visitor.words)])
        return _json({"said": words}, status_of(failure))
    if said.draft is None and round(before.plan.read_at.timestamp()) != said.read:
        return _json(whole(now, visitor.words))
    return _json(changed(now, before.now, visitor.words))


# -- what forms say ----------------------------------------------------------------------------------------------------


def _seen(form: FormData, day: date, zone: str) -> Seen:
    start, until = _span(day, zone)
    draft = entry(form, "draft")
    return Seen(
        start,
        until,
        _uuid(entry(form, "plan")),
        _uuid(draft) if draft else None,
        whole_number(entry(form, "version")) or 0,
    )


def _step(form: FormData, zone: str) -> Step:
    """Raises `BadInput`: it says no step that there is."""
    try:
        doing = Doing(entry(form, "doing"))
    except ValueError:
        raise BadInput("Choose what is to be done.") from None
    if doing is not Doing.MOVE:
        return _made(doing=doing, visit=entry(form, "visit"))
    if not (engineer := entry(form, "engineer")):
        raise BadInput("Choose an engineer.")
    at = None
    if said := entry(form, "at"):
        try:
            local = datetime.fromisoformat(said)
            at = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))
        except ValueError:
            raise BadInput("The time can't be read. Choose it with the calendar.") from None
        if not EARLIEST < at < LATEST:
            raise BadInput("The time can't be read. Choose it with the calendar.")
    return _made(
        doing=doing,
        visit=entry(form, "visit"),
        engineer=engineer,
        instead_of=entry(form, "instead_of") or None,
        at=at,
    )


def _made(**said: Any) -> Step:
    try:
        return Step.model_validate(said)
    except ValidationError:
        raise BadInput("What you sent can't be read. Open the page again.") from None


def _wanted(form: FormData, day: date, zone: str) -> Wanted:
    """The plan that is asked for: from now on, or from the day's beginning, so many days.

    Raises:
        BadInput: that is no day that can be planned.
    """
    days, seconds = whole_number(entry(form, "days") or "1"), whole_number(entry(form, "seconds") or "0")
    if days is None or not 1 <= days <= LONGEST:
        raise BadInput("Choose how many days the plan looks ahead.")
    start, _ = _span(day, zone)
    _, until = _span(day + timedelta(days=days - 1), zone)
    start = max(start, datetime.now(UTC))
    if start >= until:
        raise BadInput("This day is over.")
    horizon = min(until - start, timedelta(days=LONGEST))
    if not seconds:  # the plain plan answers at once
        return Wanted(start, horizon, Engine.GREEDY, 1.0)
    return Wanted(start, horizon, None, float(min(seconds, max(SECONDS))))


def _uuid(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise BadInput("Open the board again.") from None


def _day(said: str | None, zone: str) -> date:
    today = datetime.now(ZoneInfo(zone)).date()
    try:
        day = date.fromisoformat(said or "")
    except ValueError:
        return today
    return day if abs((day - today).days) < 3650 else today


def _span(day: date, zone: str) -> tuple[datetime, datetime]:
    """From when until when a day lasts there."""
    first, second = (
        datetime.combine(one, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
        for one in (day, day + timedelta(days=1))
    )
    return first, second


def _number(visitor: Visitor, name: str) -> int:
    return max(0, min(whole_number(visitor.request.query_params.get(name, "")) or 0, 10_000))


def _packed(request: Request, response: Response) -> Response:
    """Packed, if whoever asks can unpack it. It holds no secret that could be guessed from its length."""
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.body = gzip.compress(bytes(response.body), 1)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    response.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    return response


def _json(body: dict[str, Any], status: int = HTTPStatus.OK) -> Response:
    headers = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"}
    return JSONResponse(body, status_code=status, headers=headers)


ROUTES: tuple[BaseRoute, ...] = (
    looked_at("/board", board),
    looked_at("/board/data", data),
    looked_at("/board/visit", one_visit),
    Route("/board/change", change, methods=["POST"], name="change_board"),
    sent("/board/{doing}", do),
)
