"""From the record, and from what only the lost run knew, to the engine that a further run goes on with.

What Temporal had accepted is applied: by its own facts where they were told, else by the engine, at the moment at which
it was acknowledged. What had been accepted and not applied is applied now, as the run would have done by and by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.contracts.base import Actor
from models.contracts.commands import AssignEngineer, EngineerRef
from models.contracts.facts import Fact, TicketRescued
from models.contracts.offering import OfferStage
from models.contracts.projection import Candidates, CandidatesWanted
from starter.rescuing.history import Illegible, LastWords, TakenCommand
from starter.rescuing.outcome import Recovered
from starter.rescuing.record import Record
from workflows.engine.recall import RecallError
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine


class Registry(Protocol):
    """What commands need from outside, as the activities of a ticket look it up."""

    async def find_engineer(self, code: str) -> EngineerRef | None: ...

    async def find_candidates(self, wanted: CandidatesWanted) -> Candidates: ...


@dataclass(frozen=True, slots=True)
class Revival:
    """A ticket as it goes on.

    Attributes:
        engine: with everything that is not on record yet in its unstored facts.
        recovered: the commands among that.
        told_until: the newest fact that is on record or follows from the history without a gap.
        foreign: the lost run's own facts are not those of the record, so that nothing of it was taken over.
    """

    engine: TicketEngine
    recovered: tuple[Recovered, ...]
    told_until: int
    foreign: bool


async def revive(record: Record, words: LastWords, registry: Registry, now: datetime) -> Revival:
    """The engine of a ticket, at the end of all that is known of it. The record's state is used up by it."""
    known = {fact.command_id for fact in record.facts}
    state = record.memory.state
    stored = state.sequence
    foreign = not _tells_the_record(words, record.facts)
    state.unstored = [] if foreign else _told_after(record, words)
    state.stored, told_until = stored, state.sequence
    engine = TicketEngine(record.ticket, state)
    for one in record.unseen:
        visit = next(v for v in state.visits if (v.key, v.visit) == (one.stage.key, one.stage.visit))
        if not visit.is_over:
            engine.propose(visit, one.proposed, None, one.proposed.at)
    recovered = [
        _left_out(taken) if foreign else await _again(engine, taken, registry, now)
        for taken in words.commands
        if taken.command.command_id not in known
    ]
    recovered += [_illegible(one) for one in words.illegible]
    return Revival(engine, tuple(recovered), told_until, foreign)


def tell_rescue(engine: TicketEngine, actor: Actor, reason: str, now: datetime, fact: TicketRescued) -> None:
    """Put on record that the ticket was rescued, by whom and why: the last fact before it goes on."""
    at = max(now, engine.state.latest or now)
    with engine.story.told_by(actor):
        engine.story.tell(
            TicketRescued,
            at,
            reason=reason,
            ended_run=fact.ended_run,
            found=fact.found,
            recovered=fact.recovered,
            unproved=fact.unproved,
        )


def _tells_the_record(words: LastWords, facts: tuple[Fact, ...]) -> bool:
    """Whether a run's facts are those of the record, as far as both have them. A run that was reset tells others."""
    return all(
        (told.kind, told.at, told.command_id) == (fact.kind, fact.at, fact.command_id)
        for fact in facts
        if (told := words.told.get(fact.sequence)) is not None
    )


def _told_after(record: Record, words: LastWords) -> list[Fact]:
    """The facts that follow those of the record, as far as they do; the state takes them."""
    found: list[Fact] = []
    while (fact := words.told.get(record.memory.state.sequence + 1)) is not None:
        try:
            record.memory.take(fact)
        except RecallError:
            break
        found.append(fact)
    return found


def _illegible(message: Illegible) -> Recovered:
    return Recovered(
        command_id=message.message_id,
        kind=message.name,
        how=message.how,
        at=message.at,
        became="left out, because it is a message that is no command",
        refused=True,
    )


def _left_out(taken: TakenCommand) -> Recovered:
    return Recovered(
        command_id=taken.command.command_id,
        kind=type(taken.command).__name__,
        how=taken.how,
        at=taken.at,
        became="not applied, because the run that took it tells another story than the record",
        refused=True,
        broken_promise=taken.promised,
    )


async def _again(engine: TicketEngine, taken: TakenCommand, registry: Registry, now: datetime) -> Recovered:
    command, refused = taken.command, False
    engineer = None
    if isinstance(command, AssignEngineer) and not engine.was_answered(command):
        engineer = await registry.find_engineer(command.engineer_code)
    candidates = None
    if isinstance(command, OfferStage) and not engine.was_answered(command):
        candidates = await registry.find_candidates(engine.candidates_wanted(command))
    engine.want_all_said(not taken.promised)  # what was acknowledged was right by the rules of its run
    try:
        message = engine.apply(command, taken.at if taken.applied else now, engineer, candidates).message
    except RefusedError as refusal:
        message, refused = str(refusal), True
    finally:
        engine.want_all_said(True)
    return Recovered(
        command_id=command.command_id,
        kind=type(command).__name__,
        how=taken.how,
        at=taken.at,
        became=message,
        refused=refused,
        broken_promise=refused and taken.promised,
    )
