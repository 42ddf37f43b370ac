"""What AI proposes to a ticket, and what a person decides on it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from models.contracts.base import FromPeople, Message, Moment, Slug, Text
from models.vocabulary.ai import AiTask, DiagnosisStatus, Severity
from models.vocabulary.people import SupportLevel

ProblemCode = Annotated[str, Field(max_length=20, pattern=r"^[A-Z0-9]+$")]
"""An FDA/IMDRF code, by its form."""


class Proposal(Message):
    """What every proposal says of itself, whatever it was that AI was asked for.

    Attributes:
        session_id: of the call that gave it; it names the proposal.
        flags: what is odd about the request, such as `instructions_in_description`.
        story: whom it was asked of: `diagnosis: openai 429 → anthropic`.
    """

    session_id: UUID
    provider: Slug
    model: str
    at: Moment
    flags: tuple[str, ...] = ()
    story: str


class ProposedDiagnosis(Proposal):
    """A diagnosis as far as a ticket shows it; the whole of it, with its evidence, is in `ai_diagnosis_results`.

    Attributes:
        confidence: percent, of the first cause.
        uncertain: below what the template asks for.
        held_back: why it did not complete the stage by itself, where the template would have let it.
    """

    task: Literal[AiTask.DIAGNOSIS] = AiTask.DIAGNOSIS
    summary: str
    cause: str
    problem_code: str | None
    confidence: Annotated[float, Field(ge=0, le=100)]
    uncertain: bool
    severity: Severity
    support_level: SupportLevel
    remote_fix_possible: bool
    held_back: str = ""


class ProposedEngineer(Message):
    """An engineer whom AI recommends, as far as a ticket shows them; the whole is in `ai_engineer_recommendations`."""

    code: str
    overall: Annotated[float, Field(ge=0, le=100)]


class ProposedEngineers(Proposal):
    """Whom AI recommends for the visit, the best first. Nothing follows from it by itself."""

    task: Literal[AiTask.ENGINEER_RECOMMENDATION] = AiTask.ENGINEER_RECOMMENDATION
    engineers: tuple[ProposedEngineer, ...]
    uncertain: bool = False
    """Whether the best of them scores below what the template asks for."""


Proposed = ProposedDiagnosis | ProposedEngineers
"""What a ticket may be shown of AI. States of before have no task in it: then it is a diagnosis."""


class DiagnosisDecision(FromPeople):
    """What the person who completes a stage says of the diagnosis that AI proposed.

    Attributes:
        status: accepted, edited or refused.
        cause: what it is instead; needed for `edited`.
        problem_code: the code of that.
    """

    status: DiagnosisStatus
    cause: Text | None = None
    problem_code: ProblemCode | None = None


class VerifiedOutcome(FromPeople):
    """What the fault proved to be, as the person says it who signs the work off.

    Attributes:
        proposal_right: whether what AI proposed last proved right; None where it proposed nothing.
        cause: unset, that of the proposal which proved right, or what an engineer had put in its place.
        problem_code: the code of that.
    """

    proposal_right: bool | None = None
    cause: Text | None = None
    problem_code: ProblemCode | None = None


class RecordedOutcome(VerifiedOutcome):
    """An outcome, with the diagnosis that it judges; None: AI had proposed none."""

    cause: Text
    session_id: UUID | None = None


class DecidedDiagnosis(DiagnosisDecision):
    """A decision, with the diagnosis that it is about."""

    session_id: UUID
