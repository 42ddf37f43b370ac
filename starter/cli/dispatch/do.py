"""What the commands that plan visits do, once their options are read."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from activities.dispatch.reading import Pin
from activities.dispatch.standing import Applied
from models.dispatch.plan import Engine, Outcome
from starter.addresses import read_settings
from starter.cli.dispatch.declare import PlanOptions
from starter.cli.dispatch.show import as_document, show_applied, show_kept, show_proposal
from starter.cli.terminal.display import print_json
from starter.cli.terminal.parsing import duration, instant, myself
from starter.cli.terminal.run import NOT_WELL
from starter.dispatching.applying import apply
from starter.dispatching.planning import Proposal, Wanted, propose, read_plan
from starter.failures import BadInput
from starter.services import connected, database_only, record_only


async def plan(options: PlanOptions) -> int:
    """Make a plan, show it, and apply it if that is asked for; returns the exit code."""
    wanted = Wanted(
        start=datetime.now(UTC) if options.start is None else instant(options.start, "no --from for now"),
        horizon=duration(options.horizon),
        engine=None if options.engine is None else Engine(options.engine.value),
        seconds=options.seconds,
        pins=dict(_pin(one) for one in options.pin or ()),
    )
    by = options.by if options.by is not None else myself()
    async with database_only(read_settings()) as database:
        proposal = await propose(database, wanted, by=by)
    applied: list[Applied] | None = None
    if options.apply_it:
        applied = await _applied(proposal.plan_id, by, options.wait)
    if options.as_json:
        print_json(as_document(proposal, applied))
    else:
        _show(proposal, applied, options)
    return _code(applied)


def _show(proposal: Proposal, applied: list[Applied] | None, options: PlanOptions) -> None:
    show_proposal(proposal, explain=options.explain)
    if applied is not None:
        show_applied(proposal.plan_id, applied)


async def show_plan(plan_id: str | None, as_json: bool) -> None:
    """Show a plan that is on record."""
    async with record_only(read_settings()) as database:
        found = await read_plan(database, _id(plan_id))
    if as_json:
        print_json(found)
    else:
        show_kept(found)


async def apply_plan(plan_id: str | None, by: str | None, wait: float, as_json: bool) -> int:
    """Apply a plan that is on record; returns the exit code."""
    async with connected(read_settings(), wait=wait) as connection:
        found, applied = await apply(connection, _id(plan_id), by=by if by is not None else myself())
    if as_json:
        print_json({"plan_id": found, "visits": applied})
    else:
        show_applied(found, applied)
    return _code(applied)


async def _applied(plan_id: UUID, by: str, wait: float) -> list[Applied]:
    async with connected(read_settings(), wait=wait) as connection:
        return (await apply(connection, plan_id, by=by))[1]


def _code(applied: list[Applied] | None) -> int:
    """Not well: something of the plan was left alone."""
    return NOT_WELL if any(one.outcome is Outcome.SKIPPED for one in applied or ()) else 0


def _id(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(f"{text!r} is not the id of a plan: leave it out for the newest one.") from None


def _pin(text: str) -> tuple[str, Pin]:
    """`FC-2026-000001=ENG-004@2026-03-02T09:00+05:30`."""
    name, separator, rest = text.partition("=")
    code, at, when = rest.partition("@")
    if not separator or not name.strip() or not code.strip() or (at and not when):
        raise BadInput(f"{text!r} pins nothing. Write REF=ENGINEER or REF=ENGINEER@TIME.")
    return name.strip(), Pin(code.strip(), instant(when, "no @TIME for any time") if when else None)
