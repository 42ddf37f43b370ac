"""Completing stages and leaving them out: by people, or by AI where it may."""

from __future__ import annotations

from datetime import datetime

from models.contracts.commands import CompleteStage, SkipStage
from models.contracts.state import StageVisit
from models.vocabulary.ai import DiagnosisStatus
from workflows.engine.checks import Checks, lacking
from workflows.engine.clocks import ARRIVAL, ClockBoard, stage_clock
from workflows.engine.diagnoses import Diagnoses
from workflows.engine.ending import Ending
from workflows.engine.escalation import Escalation
from workflows.engine.graph import MOST_VISITS, StageGraph
from workflows.engine.moves import StageMoves
from workflows.engine.outcome import Outcomes
from workflows.engine.refusal import RefusedError
from workflows.engine.rules import Rules
from workflows.engine.signing import check_signature, signs_for_hospital, with_answer
from workflows.stages import RULES
from workflows.stages.rules import Consequence


class StageWork:
    def __init__(
        self,
        *,
        number: str,
        graph: StageGraph,
        checks: Checks,
        moves: StageMoves,
        clocks: ClockBoard,
        escalation: Escalation,
        ending: Ending,
        outcomes: Outcomes,
        diagnoses: Diagnoses,
    ) -> None:
        self._number = number
        self._graph = graph
        self._checks = checks
        self._moves = moves
        self._clocks = clocks
        self._escalation = escalation
        self._ending = ending
        self._outcomes = outcomes
        self._diagnoses = diagnoses

    def say(self, rules: Rules) -> None:
        rules.add(CompleteStage, self._complete, self._check_completion)
        rules.add(SkipStage, self._skip, self._check_skip)

    def finish(self, visit: StageVisit, command: CompleteStage, now: datetime) -> str:
        """Complete a visit, with all that follows from it.

        Raises:
            RefusedError: a stage of its type can't end so.
        """
        consequence = self._consequence(command)
        if self._graph.definitions[visit.key].on_site:
            self._clocks.stop(ARRIVAL, now)  # at the latest
        self._clocks.stop(stage_clock(visit), now)
        entered = self._moves.complete(visit, command, consequence, now)
        return self._after_move(visit, "completed", entered, now)

    # -- the commands ------------------------------------------------------------------------------------------------

    def _check_completion(self, command: CompleteStage, _: datetime) -> None:
        self._checks.known(command.stage)
        self._checks.known(command.return_to)

    def _check_skip(self, command: SkipStage, _: datetime) -> None:
        self._checks.known(command.stage)

    def _complete(self, command: CompleteStage, now: datetime) -> str:
        command = self._diagnoses.decide(self._graph.latest(command.stage), command)
        visit = self._completable(command, now)
        if command.signature is not None:
            command = with_answer(self._graph.definitions[command.stage], command, command.signature)
        self._reasons_given(command, self._consequence(command))
        visit.verified = self._outcomes.of(command)
        self._clocks.answered_by(command.actor, now)
        return self.finish(visit, command, now)

    def _skip(self, command: SkipStage, now: datetime) -> str:
        visit = self._skippable(command)
        self._clocks.cancel(stage_clock(visit), now, command.reason)
        entered = self._moves.skip(visit, command, now)
        return self._after_move(visit, "skipped", entered, now)

    def _after_move(self, visit: StageVisit, verb: str, entered: list[StageVisit], now: datetime) -> str:
        name = self._graph.definitions[visit.key].name
        if self._graph.is_over():
            self._ending.close(now)
            return f"{name} is {verb}; ticket {self._number} is closed."
        if not self._graph.leads_on_site():
            self._clocks.cancel(ARRIVAL, now, "No visit is needed")
        self._escalation.announce(entered, now)
        return f"{name} is {verb}; next: {self._graph.names(one.key for one in self._graph.active())}."

    # -- what they need ----------------------------------------------------------------------------------------------

    def _completable(self, command: CompleteStage, now: datetime) -> StageVisit:
        """The visit that the command completes."""
        visit = self._checks.in_progress(command.stage)
        definition = self._graph.definitions[command.stage]
        self._checks.not_on_hold(definition.name)
        if not signs_for_hospital(definition, command):
            self._checks.by_the_right_person(command, visit)
        check_signature(definition, command, self._graph.last_end(), now)
        self._checks.asked_for(definition, command.actions)
        answered = command if command.signature is None else with_answer(definition, command, command.signature)
        missing = lacking(definition, answered.actions)
        if missing and command.outcome.value != "test_failed":
            raise RefusedError(missing)
        return visit

    def _consequence(self, command: CompleteStage) -> Consequence:
        """What the outcome means, if a stage of this type can have it."""
        definition = self._graph.definitions[command.stage]
        rules = RULES[definition.stage_type]
        consequence = rules.consequence(command.outcome)
        if consequence is None:
            raise RefusedError(
                f"{definition.name} can't end as {command.outcome.value}. "
                f"Possible: {', '.join(outcome.value for outcome in rules.possible)}."
            )
        if command.return_to is not None and not consequence.goes_back:
            raise RefusedError(f"The outcome {command.outcome.value} goes on; only test_failed can return to a stage.")
        if consequence.goes_back:
            self._can_go_back(command)
        return consequence

    def _reasons_given(self, command: CompleteStage, consequence: Consequence) -> None:
        """What says no has its reason, for whoever goes on with it: a failed test, a diagnosis that is refused."""
        if consequence.goes_back:
            self._checks.reason_given(command.note, "A failed test", "what failed")
        if command.diagnosis is not None and command.diagnosis.status is DiagnosisStatus.REFUSED:
            self._checks.reason_given(command.note, "A refused diagnosis", "what speaks against it")

    def _skippable(self, command: SkipStage) -> StageVisit:
        visit = self._graph.latest(command.stage)
        definition = self._graph.definitions[command.stage]
        if visit.is_over:
            raise RefusedError(f"{definition.name} is {visit.status.value} already. {self._checks.now_in()}")
        if not definition.skippable:
            raise RefusedError(f"{definition.name} can't be skipped. Complete it, or cancel the ticket.")
        self._checks.not_on_hold(definition.name)
        return visit

    def _can_go_back(self, command: CompleteStage) -> None:
        definition = self._graph.definitions[command.stage]
        target = command.return_to or command.stage
        if target != command.stage and command.stage not in self._graph.dependants(target):
            raise RefusedError(
                f"{definition.name} can't return to {self._graph.definitions[target].name}: it does not come before it."
            )
        if self._graph.latest(target).visit >= MOST_VISITS:
            raise RefusedError(
                f"{self._graph.definitions[target].name} was visited {MOST_VISITS} times. "
                "Decide: cancel the ticket, or complete it with another outcome."
            )
