"""What `ticket rescue` does and shows, once its options are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from models.contracts.base import Actor
from models.vocabulary import Role
from starter.addresses import read_settings
from starter.cli.terminal.bars import Bar
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.parsing import myself
from starter.cli.terminal.run import NOT_WELL, out
from starter.failures import BadInput
from starter.given import made, storable
from starter.reading.finding import checked_reference, unknown
from starter.rescuing import Outcome, Rescue, Verdict
from starter.rescuing.several import AT_ONCE, side_by_side
from starter.services import connected


async def rescue_tickets(
    reference: str | None,
    *,
    every: bool,
    dry_run: bool,
    anyway: bool,
    reason: str,
    by: str | None,
    wait: float,
    as_json: bool,
) -> int:
    """Rescue one ticket or all; the exit code says whether all came back that were to."""
    if (reference is None) == (not every):
        raise BadInput("Name one ticket, or give --all: fieldcare ticket rescue REF.")
    actor = made(Actor, code=by if by is not None else myself(), role=Role.OPERATOR)
    why = storable(reason.strip(), "reason")
    async with connected(read_settings(), pool_size=AT_ONCE, wait=wait) as connection:
        rescue = Rescue(connection.client, connection.database, timedelta(seconds=wait))

        async def one(ticket: str) -> Outcome:
            outcome = (
                await rescue.look(ticket, anyway=anyway)
                if dry_run
                else await rescue.rescue(ticket, actor, why, anyway=anyway)
            )
            if outcome is None:
                raise await unknown(connection.database, ticket)
            return outcome

        if reference is not None:
            outcomes = [await one(checked_reference(reference))]
        else:
            tickets = [number async for number in rescue.open_tickets()]
            with Bar("Tickets", len(tickets)) as watch:
                outcomes = await side_by_side(tickets, one, watch)
    if as_json:
        print_json({"tickets": outcomes, "well": _are_well(outcomes), **_counts(outcomes)})
    else:
        _show(outcomes, dry_run=dry_run, every=every)
    return 0 if _are_well(outcomes) else NOT_WELL


def _show(outcomes: list[Outcome], *, dry_run: bool, every: bool) -> None:
    for outcome in outcomes:
        if not every or outcome.verdict is not Verdict.HEALTHY:
            for line in _lines(outcome):
                show(out, line)
    came_back = [one for one in outcomes if one.verdict in _COMES_BACK]
    unknown = Counter(said for one in came_back for said in one.unknown)
    for said, count in unknown.items():
        show(out, f"Not known{f' of {count} ticket' + 's' * (count > 1) if every else ''}: {said}.")
    if every:
        show(out, _summary(outcomes, dry_run=dry_run))


_COMES_BACK = frozenset({Verdict.RESCUED, Verdict.RESCUABLE})


def _lines(outcome: Outcome) -> Iterator[str]:
    stuck = outcome.verdict in _COMES_BACK
    yield outcome.sentence + (f" Its workflow: {outcome.found}. Facts on record: {outcome.facts}." if stuck else "")
    if outcome.verdict is Verdict.REFUSED and outcome.differences:
        yield f"  See `fieldcare audit log --ticket {outcome.number}`. --anyway goes on by the facts, and says so."
    if outcome.verdict is Verdict.REFUSED or (not stuck and outcome.is_well):
        return
    would = "would be " if outcome.verdict is Verdict.RESCUABLE else ""
    for one in outcome.recovered:
        became = "refused" if one.refused else "applied"
        yield (
            f"  {one.how} and not on record: {one.kind} {one.command_id}, {one.at:%Y-%m-%d %H:%M:%S %Z}; "
            f"{would}{became}: {one.became}"
        )
    yield from (f"  facts and record differ: {one}" for one in outcome.differences)


def _summary(outcomes: list[Outcome], *, dry_run: bool) -> str:
    if not outcomes:
        return "No ticket is open by the record, so there is nothing to rescue."
    counts = _counts(outcomes)
    verb = "would come back" if dry_run else "came back"
    parts = [f"{counts['rescuable' if dry_run else 'rescued']} {verb}", f"{counts['healthy']} healthy"]
    if counts["over"]:
        parts.append(f"{counts['over']} over meanwhile")
    if counts["refused"]:
        parts.append(f"{counts['refused']} not, see above")
    return f"Of {len(outcomes)} open tickets: {', '.join(parts)}."


def _counts(outcomes: list[Outcome]) -> dict[str, int]:
    return {verdict.value: sum(one.verdict is verdict for one in outcomes) for verdict in Verdict}


def _are_well(outcomes: list[Outcome]) -> bool:
    return all(outcome.is_well for outcome in outcomes)
