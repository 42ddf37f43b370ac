"""Facts about who works on a stage beside being put there: released, offered, and what came of that."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from models.contracts.base import Moment
from models.contracts.commands import EngineerRef
from models.contracts.told import BaseFact, StageRef
from models.vocabulary.stages import DeclineReason, WithdrawalCause, WorkLocation


class EngineerReleased(BaseFact):
    """An engineer is not on these stages any more, whatever they were there; nobody has taken their place."""

    kind: Literal["engineer_released"] = "engineer_released"
    engineer: EngineerRef
    stages: tuple[StageRef, ...]

    @property
    def words(self) -> str:
        return f"{self.engineer.code} released"


class OfOffer(BaseFact):
    """Something of one offer of a stage.

    Attributes:
        offer: which one of the visit, from 1.
    """

    stage: StageRef
    offer: int


class StageOffered(OfOffer):
    """A candidate is asked whether they take a stage: the first of an offer, or the next after one who did not.

    Attributes:
        engineer: who is asked, until `until`.
        place: of them among the candidates, from 1.
        then: who is asked after them, in this order.
        named: whether whoever offers it named the candidates.
        work_location: where whoever accepts will work; unset: as the stage has it.
    """

    kind: Literal["stage_offered"] = "stage_offered"
    engineer: EngineerRef
    place: int
    until: Moment
    then: tuple[EngineerRef, ...] = ()
    answer_within: timedelta
    named: bool = False
    work_location: WorkLocation | None = None

    @property
    def words(self) -> str:
        return f"offered to {self.engineer.code}"


class OfferAccepted(OfOffer):
    """Whoever was asked takes the stage; that they are its primary engineer is a fact that follows."""

    kind: Literal["offer_accepted"] = "offer_accepted"
    engineer: EngineerRef

    @property
    def words(self) -> str:
        return f"accepted by {self.engineer.code}"


class OfferDeclined(OfOffer):
    """Whoever was asked does not take the stage; `reason` is what they said beside `why`."""

    kind: Literal["offer_declined"] = "offer_declined"
    engineer: EngineerRef
    why: DeclineReason

    @property
    def words(self) -> str:
        return f"declined by {self.engineer.code}: {self.why.value}"


class OfferExpired(OfOffer):
    """Whoever was asked said nothing within the limit."""

    kind: Literal["offer_expired"] = "offer_expired"
    engineer: EngineerRef

    @property
    def words(self) -> str:
        return f"no answer from {self.engineer.code}"


class OfferWithdrawn(OfOffer):
    """The offer ended without an answer; `engineer` is who was asked then, if anybody was."""

    kind: Literal["offer_withdrawn"] = "offer_withdrawn"
    engineer: EngineerRef | None = None
    cause: WithdrawalCause

    @property
    def words(self) -> str:
        return "offer withdrawn"


class OfferExhausted(OfOffer):
    """Everybody was asked, and nobody takes the stage."""

    kind: Literal["offer_exhausted"] = "offer_exhausted"

    @property
    def words(self) -> str:
        return "nobody accepted"
