"""Offering a stage to engineers, one after the other, until one accepts, all have been asked, or it is not needed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from models.contracts.commands import EngineerRef
from models.contracts.notices import NobodyAccepted, OfferWaits
from models.contracts.offered import (
    OfferAccepted,
    OfferDeclined,
    OfferExhausted,
    OfferExpired,
    OfferWithdrawn,
    StageOffered,
)
from models.contracts.offering import (
    LONGEST_ANSWER,
    SHORTEST_ANSWER,
    AcceptOffer,
    DeclineOffer,
    OfferStage,
    WithdrawOffer,
)
from models.contracts.projection import Candidates
from models.contracts.state import Offer, StageVisit
from models.contracts.templates import TemplateSnapshot
from models.contracts.told import StageRef
from models.vocabulary.people import Role
from models.vocabulary.stages import DeclineReason, StageStatus, WithdrawalCause
from workflows.engine.assignment import Assignment
from workflows.engine.checks import Checks
from workflows.engine.clocks import RESPONSE, ClockBoard
from workflows.engine.escalation import Escalation
from workflows.engine.graph import StageGraph
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.refusal import RefusedError
from workflows.engine.rules import Rules
from workflows.engine.story import Story
from workflows.engine.terms import Terms

RECALLS = Recalls()


class Offers:
    """One open offer a visit at the most. Each ends in one way: accepted, exhausted, or withdrawn with its cause.

    Attributes:
        looked_up: whom an offer may go to, in their order, as the registry has them.
    """

    def __init__(
        self,
        *,
        template: TemplateSnapshot,
        terms: Terms,
        graph: StageGraph,
        checks: Checks,
        clocks: ClockBoard,
        assignment: Assignment,
        escalation: Escalation,
        story: Story,
    ) -> None:
        self._template = template
        self._terms = terms
        self._graph = graph
        self._checks = checks
        self._clocks = clocks
        self._assignment = assignment
        self._escalation = escalation
        self._story = story
        self.looked_up = Candidates()

    def say(self, rules: Rules) -> None:
        rules.add(OfferStage, self._offer, self._check_shape)
        rules.add(WithdrawOffer, self._withdraw, self._known)
        rules.add(AcceptOffer, self._accept, self._known)
        rules.add(DeclineOffer, self._decline, self._known)

    # -- time --------------------------------------------------------------------------------------------------------

    def next_end(self) -> datetime | None:
        """Until when the first of those who are asked may answer."""
        return min((offer.until for _, offer in self._open() if offer.asked is not None), default=None)

    def unsettled(self) -> bool:
        """Whether somebody is still to be asked next: a record may end in between."""
        return any(offer.asked is None for _, offer in self._open())

    def expire(self, at: datetime) -> None:
        """Whoever was to answer by then has not."""
        for visit, offer in list(self._open()):
            if offer.asked is not None and offer.until <= at:
                self._story.tell(OfferExpired, at, **_of(visit, offer), engineer=offer.asked)
                offer.asked = None

    def settle(self, now: datetime) -> None:
        """Go on with every offer as the ticket stands: end those that are not needed, and ask who comes next.

        Whoever is next is asked as of now, however long ago the one before them should have answered: nobody's time
        runs while nobody could ask them.
        """
        for visit, offer in list(self._open()):
            if (cause := self._not_needed(visit, offer)) is not None:
                self._end(visit, offer, cause, now)
            elif offer.asked is None:
                self._ask_next(visit, offer, now)

    def close(self, now: datetime) -> None:
        """The ticket ends, and every offer with it."""
        for visit, offer in list(self._open()):
            self._end(visit, offer, self._not_needed(visit, offer) or WithdrawalCause.TICKET_OVER, now)

    # -- the commands ------------------------------------------------------------------------------------------------

    def _known(self, command: WithdrawOffer | AcceptOffer | DeclineOffer, _: datetime) -> None:
        self._checks.known(command.stage)

    def _check_shape(self, command: OfferStage, _: datetime) -> None:
        self._checks.known(command.stage)
        within = command.answer_within
        if within is not None and not SHORTEST_ANSWER <= within <= LONGEST_ANSWER:
            raise RefusedError(
                "Nobody answers in less than five seconds or gets more than seven days. Give a limit in between."
            )

    def _offer(self, command: OfferStage, now: datetime) -> str:
        visit = self._assignment.open_visit(command.stage)
        name = self._graph.definitions[visit.key].name
        if visit.offer is not None:
            asked = f" {visit.offer.asked.code} is asked" if visit.offer.asked is not None else ""
            raise RefusedError(
                f"{name} is offered already:{asked} until {self._checks.when(visit.offer.until)}. Withdraw that offer "
                "first."
            )
        named = bool(command.engineers)
        candidates = self._named(visit, name) if named else self._qualified(visit, name)
        visit.offers += 1
        offer = visit.offer = Offer(
            number=visit.offers,
            asked=None,
            place=0,
            until=now,
            then=candidates,
            answer_within=command.answer_within or self._template.answer_limit(self._terms.priority),
            named=named,
            work_location=command.work_location,
            primary=visit.engineer.engineer_id if visit.engineer is not None else None,
        )
        self._ask_next(visit, offer, now, command.note)
        first, others = candidates[0], len(candidates) - 1
        then = f"; {others} more after them" if others else ""
        return f"{name} is offered to {first.code} {first.name} until {self._checks.when(offer.until)}{then}."

    def _withdraw(self, command: WithdrawOffer, now: datetime) -> str:
        visit = self._graph.latest(command.stage)
        name = self._graph.definitions[visit.key].name
        if visit.offer is None:
            raise RefusedError(f"{name} is not offered to anybody, so there is nothing to withdraw.")
        asked = visit.offer.asked
        self._end(visit, visit.offer, WithdrawalCause.WITHDRAWN, now, command.note)
        return f"{name} is not offered any more{f'; {asked.code} was asked' if asked is not None else ''}."

    def _accept(self, command: AcceptOffer, now: datetime) -> str:
        visit, offer, engineer = self._mine(command)
        self._story.tell(OfferAccepted, now, **_of(visit, offer), engineer=engineer, reason=command.note)
        visit.offer = None
        self._assignment.take_over([visit], engineer, now, work_location=offer.work_location)
        if visit.status is StageStatus.IN_PROGRESS:
            self._clocks.stop(RESPONSE, now)
        return f"{self._graph.definitions[visit.key].name} is yours."

    def _decline(self, command: DeclineOffer, now: datetime) -> str:
        visit, offer, engineer = self._mine(command)
        if command.reason is DeclineReason.OTHER:
            self._checks.reason_given(command.note, "A stage that is declined for another reason", "which one it is")
        self._story.tell(
            OfferDeclined, now, **_of(visit, offer), engineer=engineer, why=command.reason, reason=command.note
        )
        _declined(visit, engineer.code)
        self.settle(now)
        return f"{self._graph.definitions[visit.key].name} is declined."

    # -- whom an offer goes to ---------------------------------------------------------------------------------------

    def _named(self, visit: StageVisit, name: str) -> list[EngineerRef]:
        """The candidates that were named, each once, if all of them may take it."""
        if unknown := self.looked_up.unknown:
            raise RefusedError(
                f"There is no active engineer {', '.join(unknown)}. Give codes of those who are in the registry and "
                "active."
            )
        found = list({one.engineer_id: one for one in self.looked_up.found}.values())
        if lower := [one for one in found if not one.support_level.covers(visit.support_level)]:
            raise RefusedError(
                f"{name} needs support level {visit.support_level.value}; "
                f"{', '.join(f'{one.code} has {one.support_level.value}' for one in lower)}. Leave them out."
            )
        if visit.engineer in found:
            raise RefusedError(f"{visit.engineer.code} has {name} already. Leave them out." if visit.engineer else "")
        return found

    def _qualified(self, visit: StageVisit, name: str) -> list[EngineerRef]:
        """Those who are qualified and free, without whoever has it or has declined it."""
        able = [one for one in self.looked_up.found if one.support_level.covers(visit.support_level)]
        found = [one for one in able if one.code not in visit.declined and one != visit.engineer]
        if not found:
            declined = f"; declined: {', '.join(visit.declined)}" if visit.declined else ""
            raise RefusedError(
                f"Nobody who is qualified for {name} and free now could be asked{declined}. Name engineers to ask, or "
                "assign one."
            )
        return found

    # -- inside ------------------------------------------------------------------------------------------------------

    def _open(self) -> Iterator[tuple[StageVisit, Offer]]:
        return ((visit, visit.offer) for visit in self._graph.visits() if visit.offer is not None)

    @staticmethod
    def _not_needed(visit: StageVisit, offer: Offer) -> WithdrawalCause | None:
        """Why an offer is not needed any more; None: it is."""
        if visit.is_over:
            return WithdrawalCause.STAGE_OVER
        if visit.engineer is not None and visit.engineer.engineer_id != offer.primary:
            return WithdrawalCause.ASSIGNED
        if offer.asked is not None and not offer.asked.support_level.covers(visit.support_level):
            return WithdrawalCause.LEVEL_RAISED
        return None

    def _ask_next(self, visit: StageVisit, offer: Offer, now: datetime, note: str = "") -> None:
        """Ask the next candidate who may take it; where there is none, a coordinator has to decide."""
        left = [one for one in offer.then if one.support_level.covers(visit.support_level)]
        if not left:
            self._story.tell(OfferExhausted, now, **_of(visit, offer))
            visit.offer = None
            nobody = NobodyAccepted(**self._escalation.of_stage(visit), asked=offer.place)
            self._escalation.notify(now, nobody, Role.COORDINATOR)
            return
        offer.asked, offer.then, offer.place = left[0], left[1:], offer.place + 1
        offer.until = self._story.known(now) + offer.answer_within
        self._story.tell(
            StageOffered,
            now,
            **_of(visit, offer),
            engineer=offer.asked,
            place=offer.place,
            until=offer.until,
            then=tuple(offer.then),
            answer_within=offer.answer_within,
            named=offer.named,
            work_location=offer.work_location,
            reason=note,
        )
        waits = OfferWaits(**self._escalation.of_stage(visit), engineer=offer.asked.code, until=offer.until)
        self._escalation.notify(now, waits, Role.ENGINEER, offer.asked.support_level)

    def _end(self, visit: StageVisit, offer: Offer, cause: WithdrawalCause, now: datetime, note: str = "") -> None:
        self._story.tell(OfferWithdrawn, now, **_of(visit, offer), engineer=offer.asked, cause=cause, reason=note)
        visit.offer = None

    def _mine(self, command: AcceptOffer | DeclineOffer) -> tuple[StageVisit, Offer, EngineerRef]:
        """What whoever answers was asked."""
        code = command.actor.code
        found = [
            (visit, offer, offer.asked)
            for visit, offer in self._open()
            if offer.asked is not None and offer.asked.code == code and command.stage in {None, visit.key}
        ]
        if len(found) == 1:
            return found[0]
        if found:
            named = self._graph.names(visit.key for visit, _, _ in found)
            raise RefusedError(f"Several stages are offered to {code}: {named}. Name one.")
        name = None if command.stage is None else self._graph.definitions[command.stage].name
        what = "Nothing of this ticket is" if name is None else f"{name} is not"
        raise RefusedError(
            f"{what} offered to {code} now: the time to answer may be over, or the offer was withdrawn. Ask a "
            "coordinator if you want it."
        )


def _of(visit: StageVisit, offer: Offer) -> dict[str, StageRef | int]:
    return {"stage": StageRef(key=visit.key, visit=visit.visit), "offer": offer.number}


def _declined(visit: StageVisit, code: str) -> None:
    if code not in visit.declined:
        visit.declined = [*visit.declined, code]
    if visit.offer is not None:
        visit.offer.asked = None


@RECALLS.of(StageOffered)
def _offered(memory: Memory, fact: StageOffered) -> None:
    visit = memory.visit(fact.stage)
    visit.offers = fact.offer
    before = visit.offer
    visit.offer = Offer(
        number=fact.offer,
        asked=fact.engineer,
        place=fact.place,
        until=fact.until,
        then=list(fact.then),
        answer_within=fact.answer_within,
        named=fact.named,
        work_location=fact.work_location,
        primary=before.primary if before else visit.engineer.engineer_id if visit.engineer else None,
    )


@RECALLS.of(OfferDeclined)
def _was_declined(memory: Memory, fact: OfferDeclined) -> None:
    _declined(memory.visit(fact.stage), fact.engineer.code)


@RECALLS.of(OfferExpired)
def _has_expired(memory: Memory, fact: OfferExpired) -> None:
    visit = memory.visit(fact.stage)
    if visit.offer is not None:
        visit.offer.asked = None


def _over(memory: Memory, fact: OfferAccepted | OfferWithdrawn | OfferExhausted) -> None:
    memory.visit(fact.stage).offer = None


RECALLS.of(OfferAccepted)(_over)
RECALLS.of(OfferWithdrawn)(_over)
RECALLS.of(OfferExhausted)(_over)
