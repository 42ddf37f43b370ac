"""What programs are answered about who is right for a ticket, and who is free."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from models.contracts.recommendation import ScoreWeights
from models.vocabulary.assigning import AssignmentConcern, Gravity
from models.vocabulary.people import SupportLevel


class ConcernOut(BaseModel):
    """What speaks against an engineer; a serious one takes `anyway` to assign them, an impossible one forbids it."""

    kind: AssignmentConcern
    gravity: Gravity
    words: str


class CandidateOut(BaseModel):
    """An engineer with scores of 0 to 100."""

    engineer: str
    name: str
    support_level: SupportLevel
    overall: float
    expertise: float
    availability: float
    location: float | None = Field(description="By travel time; null: the work is remote, so it does not count.")
    performance: float
    workload: float
    travel_minutes: float | None
    free_from: datetime | None = Field(description="When they can work first; null: nobody knows.")
    like_tickets: int = Field(description="Tickets of the last 24 months that the performance rests on.")
    reasoning: str
    strengths: list[str]
    concerns: list[ConcernOut]
    doubts: list[str]


class SuggestionsOut(BaseModel):
    """Who should do a stage of a ticket, the best first, and who could not; no stage: none of an engineer's is open."""

    stage: str | None
    support_level: SupportLevel | None = None
    on_site: bool | None = None
    expected_at: datetime | None = None
    due_at: datetime | None = None
    weights: ScoreWeights | None = None
    suggested: list[CandidateOut]
    not_suggested: list[CandidateOut]
    passed_over: list[str]


class FreedomOut(BaseModel):
    """From when on an engineer can work, and why not at once."""

    engineer: str
    name: str
    support_level: SupportLevel
    time_zone: str
    free_from: datetime | None
    because: str = Field(description="Empty where they can work at that moment.")
    open_visits: int
    load: int = Field(description="Tickets of this month, and those still open from earlier.")
    capacity: int


class FreeList(BaseModel):
    """Engineers, who is free first."""

    engineers: list[FreedomOut]
