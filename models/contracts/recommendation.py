"""Who could do the work of a stage, what is known of them, and whom somebody (a model, the built-in provider) proposes.

`EngineerCase` is what the database knows of it; `EngineerQuestion` is what is left of that for whoever is asked: the
best few, scored. `EngineerRecommendation` is the answer, and the structured output of the models: plain types, every
field required. What such a schema can't say is held by `check_recommendation()`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from models.contracts.base import FromPeople, Message, Moment
from models.vocabulary.people import Capability, SupportLevel
from models.vocabulary.stages import Performer, StageStatus, StageType

CHOICES = 3
"""Engineers that are recommended at the most."""

Count = Annotated[int, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class ScoreWeights(Message):
    """How much each part of the overall score counts, in any unit.

    `workflow_ai_configuration.weights` has them by template and stage; what it does not say is as here.
    """

    expertise: Weight = 30
    availability: Weight = 25
    location: Weight = 15
    performance: Weight = 20
    workload: Weight = 10


class StageFacts(Message):
    """An open stage that an engineer does.

    Attributes:
        support_level: what it needs by now; an escalation may have raised it.
        due_at: when its clock is due; None: it does not run.
        weights: of the parts of a score.
    """

    key: str
    name: str
    visit: Annotated[int, Field(ge=1)] = 1
    stage_type: StageType
    status: StageStatus
    support_level: SupportLevel
    performer: Performer = Performer.ENGINEER
    on_site: bool = False
    due_at: Moment | None = None
    weights: ScoreWeights = ScoreWeights()


class ExpertiseFacts(Message):
    """What an engineer can do on the type and make; what they can do on that make counts before the general.

    Attributes:
        make_specific: whether it is for the make of the unit.
        certification: the certificate without which it is not used; None: none is asked for.
        certified: the spans of days on which such a certificate is valid, both ends included; no end: None.
    """

    support_level: SupportLevel
    capabilities: tuple[Capability, ...] = ()
    years: Annotated[float, Field(ge=0)] = 0
    make_specific: bool = False
    certification: str | None = None
    certified: tuple[tuple[date, date | None], ...] = ()


class AbsenceFacts(Message):
    """Away in `[starts_at, ends_at)`; no end: nobody knows one."""

    starts_at: Moment | None = None
    ends_at: Moment | None = None


class TrackFacts(Message):
    """What became of like tickets, those of the type of equipment, in the last 24 months.

    Attributes:
        jobs: on-site jobs of tickets that are closed, by who did the first visit.
        fixed_first: those that needed no further visit and were not reopened.
        timed: completed stages with a verdict of their clock; `on_time` were met.
        tickets: closed tickets that they worked on; `reopened` are those that were opened again.
        ratings: tickets with a customer's rating; `rating_sum` of 0 to 10 each.
    """

    jobs: Count = 0
    fixed_first: Count = 0
    timed: Count = 0
    on_time: Count = 0
    tickets: Count = 0
    reopened: Count = 0
    ratings: Count = 0
    rating_sum: Count = 0


class CandidateFacts(Message):
    """An engineer, as far as it matters here.

    Attributes:
        calendar: the key of their shift calendar in the case; None: they work at any time.
        other_makes: whether they know the type of equipment of some other make.
        open_visits: stage visits that they have at present.
        load: tickets of this month and those still open from earlier, each once; `capacity` is what they can take.
    """

    engineer_id: UUID
    code: str
    name: str
    support_level: SupportLevel
    active: bool = True
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = "UTC"
    calendar: str | None = None
    expertise: ExpertiseFacts | None = None
    other_makes: bool = False
    absences: tuple[AbsenceFacts, ...] = ()
    open_visits: Count = 0
    load: Count = 0
    capacity: Annotated[int, Field(ge=1)] = 30
    track: TrackFacts = TrackFacts()


class UnitFacts(Message):
    """The unit, and where it stands."""

    equipment_type: str
    manufacturer: str
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = "UTC"


class EngineerShifts(Message):
    """When engineers work, are away, and how busy they are.

    Attributes:
        at: the moment that is asked about.
        calendars: by key, as `calendar_snapshot()` has them; None: no version is in force.
    """

    at: Moment
    calendars: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    engineers: tuple[CandidateFacts, ...] = ()


class EngineerCase(Message):
    """All that is known of who could do the open stages of a ticket.

    Attributes:
        at: when it was looked up.
        parts_at: when the last part that is on its way is expected; None: none is.
        due_at: when the ticket's resolution clock is due; None: it does not run.
        diagnosis_level: the support level that the newest diagnosis asks for.
        calendars: by key, as `calendar_snapshot()` has them; None: no version is in force.
        all_like: the sum over all engineers with like tickets, to which few are shrunk.
    """

    number: str
    at: Moment
    parts_at: Moment | None = None
    due_at: Moment | None = None
    diagnosis_level: SupportLevel | None = None
    unit: UnitFacts
    stages: tuple[StageFacts, ...] = ()
    calendars: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    all_like: TrackFacts = TrackFacts()
    candidates: tuple[CandidateFacts, ...] = ()

    def stage(self, key: str) -> StageFacts | None:
        """The open stage of that key."""
        return next((one for one in self.stages if one.key == key), None)

    def expected_at(self, stage: StageFacts) -> datetime:
        """When the work of a stage can begin: now, or on site when the parts have come."""
        return max(self.at, self.parts_at) if stage.on_site and self.parts_at is not None else self.at

    def due(self, stage: StageFacts) -> datetime | None:
        """By when it is to be done: its own clock, or that of the ticket."""
        return stage.due_at or self.due_at


class ScoredEngineer(Message):
    """A candidate with scores of 0 to 100, and what speaks for and against them, each a sentence made of facts.

    Attributes:
        location: None: the work is remote, so it does not count where somebody lives.
    """

    code: str
    overall: Score
    expertise: Score
    availability: Score
    location: Score | None
    performance: Score
    workload: Score
    reasoning: str
    strengths: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()


class EngineerQuestion(FromPeople):
    """What is put to whoever recommends: the best candidates of one stage, the best first.

    Attributes:
        passed_over: why others are not among them, in sentences.
    """

    number: str
    stage: str
    equipment_type: str
    support_level: SupportLevel
    on_site: bool
    candidates: tuple[ScoredEngineer, ...] = ()
    passed_over: tuple[str, ...] = ()


class EngineerChoice(Message):
    """An engineer who is recommended, with the scores as they were given, in words of whoever answers."""

    engineer_code: str
    overall_score: float
    expertise_score: float
    availability_score: float
    location_score: float | None
    performance_score: float
    workload_score: float
    reasoning: str
    strengths: tuple[str, ...]
    concerns: tuple[str, ...]


class EngineerRecommendation(Message):
    """An answer to an `EngineerQuestion`: up to three, the best first. An abstention says why, and names nobody."""

    choices: tuple[EngineerChoice, ...]
    abstained_because: str
    """Empty for an answer."""


class RecommendationError(ValueError):
    """An answer that can't be used; the sentence names everything that is wrong with it."""


def check_recommendation(answer: EngineerRecommendation, question: EngineerQuestion) -> EngineerRecommendation:
    """The answer, if it names whom the question has in its order, by its figures, and no figure that is not there.

    Raises:
        RecommendationError: it does not.
    """
    if errors := tuple(_errors(answer, question)):
        raise RecommendationError("; ".join(errors))
    return answer


def _errors(answer: EngineerRecommendation, question: EngineerQuestion) -> Iterator[str]:
    wanted = question.candidates[:CHOICES]
    order = [one.code for one in wanted]
    said = [one.engineer_code for one in answer.choices]
    known = {one.code for one in question.candidates}
    for code in dict.fromkeys(said):
        if code not in known:
            yield f"unknown engineer {code[:40]!r}"
    if said != order:
        yield f"the engineers are not {', '.join(order)} in this order"
        return
    for choice, given in zip(answer.choices, wanted, strict=True):
        yield from _changed(choice, given)
        if not choice.reasoning.strip():
            yield f"{given.code} without reasoning"
        if given.concerns and not any(one.strip() for one in choice.concerns):
            yield f"{given.code} without the concerns that there are"
        words = (choice.reasoning, *choice.strengths, *choice.concerns)
        for code in sorted({one for text in words for one in _named(text, known)} - {given.code}):
            yield f"{code} in what is said of {given.code}"
        for figure in sorted(_figures(words) - _known_figures(given, question)):
            yield f"the figure {figure} of {given.code}, which was not given"


def _changed(choice: EngineerChoice, given: ScoredEngineer) -> Iterator[str]:
    for name in ("overall", "expertise", "availability", "location", "performance", "workload"):
        told, known = getattr(choice, f"{name}_score"), getattr(given, name)
        if (told is None) != (known is None) or (known is not None and abs(told - known) > 0.05):
            yield f"another {name} score of {given.code}"


def _figures(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(one.rstrip(".") for text in texts for one in re.findall(r"\d+(?:\.\d+)?", text))


def _known_figures(given: ScoredEngineer, question: EngineerQuestion) -> frozenset[str]:
    scores = (given.overall, given.expertise, given.availability, given.location, given.performance, given.workload)
    known = [f"{one:g}" for one in scores if one is not None] + [f"{one:.0f}" for one in scores if one is not None]
    said = (given.code, given.reasoning, *given.strengths, *given.concerns, question.stage, question.equipment_type)
    return _figures((*said, *known, question.support_level.value, question.number, "100"))


def _named(text: str, known: frozenset[str] | set[str]) -> Iterator[str]:
    return (code for code in known if re.search(rf"\b{re.escape(code)}\b", text))
