"""What people are told of a ticket, by kind: its facts, and the words that are made of them where it is delivered.

A kind is a class here: what has to be known, and how it is said. It stands in `Notice`, and whoever tells it (an engine
rule) makes it; nothing else knows the kinds. No notice has a text that somebody wrote: it may go to another house, and
what was reported stays on the ticket, where whoever may read it does.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from models.contracts.base import Message, Moment
from models.vocabulary.notifications import NotificationStatus
from models.vocabulary.people import SupportLevel


class Words(NamedTuple):
    """A notification as a person reads it: a line, and what stands below it."""

    subject: str
    body: str


class UnitNamed(Message):
    """What a unit and its place are called."""

    equipment_type: str
    serial: str
    customer: str
    site: str

    def __str__(self) -> str:
        return f"{self.equipment_type} {self.serial} at {self.customer}, {self.site}"


class AboutTicket(Message):
    """What every notice says: of which ticket it is, and of which unit."""

    number: str
    unit: UnitNamed

    @property
    def words(self) -> Words:
        return Words(f"{self.number}: {self.says()}", self.explains())

    @abstractmethod
    def says(self) -> str:
        """What has happened, in a line that begins after the ticket's number."""

    def explains(self) -> str:
        """What else whoever is told needs for the first step."""
        return str(self.unit)


class StageHandedOver(AboutTicket):
    """A stage that a manufacturer performs has begun; `desk` takes its calls."""

    kind: Literal["stage_handed_over"] = "stage_handed_over"
    stage: str
    visit: int
    name: str
    desk: str

    def says(self) -> str:
        return self.name

    def explains(self) -> str:
        return f"For {self.desk}: {self.unit}"


class AboutClock(AboutTicket):
    """Something of one SLA clock.

    Attributes:
        clock: the name of the clock.
        name: of its stage; of a clock of the whole ticket, its own.
        target: business time.
    """

    clock: str
    name: str
    target: timedelta

    @property
    def span(self) -> str:
        return f"{self.target.total_seconds() / 3600:g} h"


class TargetUsed(AboutClock):
    """A clock has passed a threshold before its target."""

    kind: Literal["target_used"] = "target_used"
    percent: int

    def says(self) -> str:
        return f"{self.name} has used {self.percent} % of its {self.span}"


class TargetBreached(AboutClock):
    kind: Literal["target_breached"] = "target_breached"

    def says(self) -> str:
        return f"{self.name} has breached its target of {self.span}"


class BreachCorrected(AboutClock):
    """A breach that was told did not happen: the clock had stopped in time, which was told later."""

    kind: Literal["breach_corrected"] = "breach_corrected"

    def says(self) -> str:
        return f"{self.name} was within its target of {self.span} after all"


class AboutStage(AboutTicket):
    """Something of one stage, which is called `name`."""

    stage: str
    visit: int
    name: str


class OfferWaits(AboutStage):
    """An engineer is asked whether they take a stage; `engineer` is their code."""

    kind: Literal["offer_waits"] = "offer_waits"
    engineer: str
    until: Moment

    def says(self) -> str:
        return f"{self.name} is offered to {self.engineer}"

    def explains(self) -> str:
        return f"To be answered until {self.until:%Y-%m-%d %H:%M %Z}: {self.unit}"


class NobodyAccepted(AboutStage):
    """Everybody whom a stage was offered to has declined or not answered: somebody has to decide."""

    kind: Literal["nobody_accepted"] = "nobody_accepted"
    asked: int

    def says(self) -> str:
        return f"nobody takes {self.name}"

    def explains(self) -> str:
        return f"{self.asked} asked, none accepted: {self.unit}"


class LevelAsked(AboutStage):
    """Whoever works on a stage has asked for a higher support level."""

    kind: Literal["level_asked"] = "level_asked"
    level: SupportLevel
    by: str

    def says(self) -> str:
        return f"{self.by} asks for {self.level.value} for {self.name}"


class StageLeft(AboutStage):
    """The primary engineer has left a stage, and nobody has taken their place; `engineer` is their code."""

    kind: Literal["stage_left"] = "stage_left"
    engineer: str

    def says(self) -> str:
        return f"{self.engineer} has left {self.name}, and nobody is on it"


Notice = Annotated[
    StageHandedOver
    | TargetUsed
    | TargetBreached
    | BreachCorrected
    | OfferWaits
    | NobodyAccepted
    | LevelAsked
    | StageLeft,
    Field(discriminator="kind"),
]

_NOTICES: TypeAdapter[Notice] = TypeAdapter(Notice)


def words_of(told: Mapping[str, Any]) -> Words:
    """How a notification reads, from its row (`kind` and `facts`) or from its fact (`notice`).

    One from before there were kinds has its text with it. A kind that this version does not know is named, so that a
    list of them can be shown all the same.
    """
    if told.get("subject") is not None:
        return Words(told["subject"], told["body"])
    notice = told.get("notice") or {**told["facts"], "kind": told["kind"]}
    try:
        return _NOTICES.validate_python(notice).words
    except ValidationError:
        return Words(str(notice.get("kind")).replace("_", " ").capitalize(), "")


def delivery(status: NotificationStatus) -> str:
    """How far a notification has come on its way, from its row: that it stands there does not mean that it was sent."""
    return _DELIVERY[status]


_DELIVERY = {
    NotificationStatus.PENDING: "not sent yet",
    NotificationStatus.SENT: "sent",
    NotificationStatus.FAILED: "could not be sent",
}


def with_words(told: Mapping[str, Any]) -> dict[str, Any]:
    """A notification's row as readers give it out: with the text that its facts make."""
    return {**told, **words_of(told)._asdict()}
