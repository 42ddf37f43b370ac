"""What the fault proved to be: said once, when the work is signed off, and held against what AI had proposed."""

from __future__ import annotations

from models.contracts.commands import CompleteStage
from models.contracts.diagnosis import plain_words
from models.contracts.proposals import ProposedDiagnosis, RecordedOutcome, VerifiedOutcome
from models.contracts.state import StageVisit
from models.vocabulary import StageOutcome, StageType
from models.vocabulary.ai import DiagnosisStatus
from workflows.engine.graph import StageGraph
from workflows.engine.refusal import RefusedError


class Outcomes:
    """AI's record is made of these verdicts, so none is guessed: a person says right or wrong, or nothing."""

    def __init__(self, graph: StageGraph, visits: list[StageVisit]) -> None:
        self._graph = graph
        self._visits = visits

    def judged(self) -> tuple[ProposedDiagnosis, StageVisit] | None:
        """The newest diagnosis that AI proposed, and the visit it was for."""
        found = [(visit.diagnosis, visit) for visit in self._visits if visit.diagnosis is not None]
        return max(found, key=lambda one: (one[0].at, one[1].visit), default=None)

    def of(self, command: CompleteStage) -> RecordedOutcome | None:
        """What is to be recorded of a completion; None: nothing was said.

        Raises:
            RefusedError: it is not the sign-off, or what is said is incomplete or contradicts itself.
        """
        said = command.verified
        if said is None:
            return None
        self._at_sign_off(command)
        judged = self.judged()
        if judged is None:
            return self._without_proposal(said)
        proposed, visit = judged
        if said.proposal_right is None:
            raise RefusedError(f"Say whether what AI proposed ({proposed.cause}) proved right or wrong.")
        cause, code = said.cause, said.problem_code
        if said.proposal_right:
            self._nothing_else(said, proposed)
            cause, code = proposed.cause, proposed.problem_code or code
        elif cause is None and visit.decision is not None and visit.decision.status is DiagnosisStatus.EDITED:
            cause, code = visit.decision.cause, code or visit.decision.problem_code
        if cause is None:
            raise RefusedError(f"What AI proposed ({proposed.cause}) proved wrong: add the cause that it was.")
        if not said.proposal_right and plain_words(cause) == plain_words(proposed.cause):
            raise RefusedError(
                f"The cause is the one that AI proposed ({proposed.cause}), so it proved right. Say so, or correct it."
            )
        return RecordedOutcome(
            session_id=proposed.session_id, proposal_right=said.proposal_right, cause=cause, problem_code=code
        )

    def _at_sign_off(self, command: CompleteStage) -> None:
        ends = [one for one in self._graph.definitions.values() if one.stage_type is StageType.COMPLETION]
        if command.stage not in {one.key for one in ends}:
            where = self._graph.names(one.key for one in ends) or "a stage of the type completion"
            raise RefusedError(
                f"What the fault proved to be is said at sign-off, with {where}. In a diagnosis stage, decide on the "
                "diagnosis that AI proposed: accepted, edited or refused."
            )
        if command.outcome is StageOutcome.TEST_FAILED:
            raise RefusedError("With a failed test nothing is proved yet: leave the cause to the sign-off.")

    @staticmethod
    def _nothing_else(said: VerifiedOutcome, proposed: ProposedDiagnosis) -> None:
        """A diagnosis that proved right has no other cause and no other code."""
        if said.cause is not None and plain_words(said.cause) != plain_words(proposed.cause):
            raise RefusedError(
                f"What AI proposed ({proposed.cause}) can't prove right and be another cause. If it was something "
                "else, it proved wrong; a remark on the same cause goes into the note."
            )
        if None not in {said.problem_code, proposed.problem_code} and said.problem_code != proposed.problem_code:
            raise RefusedError(
                f"What AI proposed has the problem code {proposed.problem_code}: with another one it proved wrong."
            )

    @staticmethod
    def _without_proposal(said: VerifiedOutcome) -> RecordedOutcome:
        if said.proposal_right is not None:
            raise RefusedError("AI has proposed no diagnosis that could prove right or wrong. Give the cause alone.")
        if said.cause is None:
            raise RefusedError("Add the cause that the problem code is of.")
        return RecordedOutcome(cause=said.cause, problem_code=said.problem_code)
