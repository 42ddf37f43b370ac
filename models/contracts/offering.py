"""What people ask of a ticket about who works on a stage: to release somebody, a higher level, offers and answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from models.contracts.base import Command, Name, Text
from models.vocabulary.people import SupportLevel
from models.vocabulary.stages import DeclineReason, WorkLocation

MOST_CANDIDATES = 50
SHORTEST_ANSWER, LONGEST_ANSWER = timedelta(seconds=5), timedelta(days=7)
"""Within which limits a candidate may be given time to answer."""


class ReleaseEngineer(Command):
    """Take an engineer off a stage, or off every open stage that they are on, whatever they are there.

    Nobody takes their place by that. A primary engineer who leaves a stage in progress says in the note what was done
    and what is left.
    """

    update = "release_engineer"
    description = "Take an engineer off one stage or off all open ones"
    leaves = "engineer_released"

    engineer_code: Name
    stage: str | None = None


class RaiseLevel(Command):
    """Ask for a higher support level for a stage: the next one, or the one that is named.

    Whoever is on the stage stays until somebody takes over, and a coordinator is told.
    """

    update = "raise_level"
    description = "Ask for a higher support level for a stage, with a reason"
    leaves = "support_level_raised"

    stage: str
    level: SupportLevel | None = None
    reason: Text


class OfferStage(Command):
    """Offer a stage to engineers, one after the other: the next one is asked when one declines or does not answer.

    Without names it goes to those who are qualified and free when the ticket takes it, the best suited first, without
    whoever has declined this visit. Unset, `answer_within` is the template's for the ticket's priority.
    """

    update = "offer_stage"
    description = "Offer a stage to engineers, one after the other"
    leaves = "stage_offered"

    stage: str
    engineers: Annotated[tuple[Name, ...], Field(max_length=MOST_CANDIDATES)] = ()
    answer_within: timedelta | None = None
    work_location: WorkLocation | None = None
    """Where whoever accepts will work; unset: as the stage has it."""


class WithdrawOffer(Command):
    """Take the offer of a stage back that nobody has accepted yet."""

    update = "withdraw_offer"
    description = "Take the offer of a stage back"
    leaves = "offer_withdrawn"

    stage: str


class AcceptOffer(Command):
    """Accept a stage that one is offered, and become its primary engineer. Unset, `stage` is the one that is offered.

    It counts when it comes, so it can't be told later: until then others may have been asked.
    """

    update = "accept_offer"
    description = "Accept a stage that one is offered"
    leaves = "offer_accepted"

    stage: str | None = None


class DeclineOffer(Command):
    """Decline a stage that one is offered; the next candidate is asked. Unset, `stage` is the one that is offered."""

    update = "decline_offer"
    description = "Decline a stage that one is offered, with a reason"
    leaves = "offer_declined"

    stage: str | None = None
    reason: DeclineReason
    """For `other` the note says which one."""
