"""Whether a command may be applied. Every refusal says what is wrong and what to do about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.contracts.base import Command
from models.contracts.commands import (
    LONGEST_HOLD,
    Answer,
    ArriveOnSite,
    AssignEngineer,
    CompleteStage,
    EngineerRef,
    Hold,
    Reopen,
    SkipStage,
    StartTravel,
)
from models.contracts.state import StageVisit, TicketState
from models.contracts.templates import RequiredAction, TemplateSnapshot
from models.vocabulary import ActionKind, Performer, Role, StageStatus, TicketStatus
from workflows.engine.graph import MOST_VISITS, StageGraph
from workflows.engine.refusal import RefusedError
from workflows.stages import RULES
from workflows.stages.rules import Consequence

HIGHEST_RATING = 10
_NEW = "Open a new ticket"


class Checks:
    def __init__(self, state: TicketState, graph: StageGraph) -> None:
        self._state = state
        self._graph = graph

    # -- of the command alone ----------------------------------------------------------------------------------------

    def shape(self, command: Command, now: datetime) -> None:
        """What can be said without the ticket's progress; an update's validator asks this before history grows."""
        match command:
            case CompleteStage() | SkipStage():
                self._known(command.stage)
            case AssignEngineer() | StartTravel() | ArriveOnSite() if command.stage is not None:
                self._known(command.stage)
            case Reopen() if command.return_to is not None:
                self._known(command.return_to)
            case Hold() if command.resume_at is not None:
                if command.resume_at <= now:
                    raise RefusedError(
                        f"The resume date {command.resume_at.isoformat()} is not in the future (now "
                        f"{now:%Y-%m-%dT%H:%M:%SZ}). Give a later one."
                    )
                if command.resume_at > now + LONGEST_HOLD:
                    raise RefusedError(
                        f"A hold lasts {LONGEST_HOLD.days} days at the most. Give an earlier resume date."
                    )
            case Hold() if command.lasts is not None and not timedelta(0) < command.lasts <= LONGEST_HOLD:
                raise RefusedError(f"A hold lasts {LONGEST_HOLD.days} days at the most, and longer than nothing.")
            case _:
                pass
        if isinstance(command, CompleteStage) and command.return_to is not None:
            self._known(command.return_to)

    # -- of the ticket's progress ------------------------------------------------------------------------------------

    def not_over(self, command: Command) -> None:
        if self._state.ended_at is not None:
            remedy = "Reopen it or open a new ticket" if self._state.status is TicketStatus.CLOSED else _NEW
            raise RefusedError(
                f"The ticket is {self._state.status.value} since {self._state.ended_at:%Y-%m-%d %H:%M %Z}; "
                f"{command.words()} is not possible any more. {remedy} if the fault is back."
            )

    def assignable(self, command: AssignEngineer, engineer: EngineerRef | None) -> list[StageVisit]:
        """The visits that the engineer goes to."""
        if engineer is None:
            raise RefusedError(
                f"There is no active engineer {command.engineer_code}. Check the code in the engineers' list."
            )
        if command.stage is not None:
            visit = self._graph.latest(command.stage)
            definition = self._graph.definitions[command.stage]
            if visit.is_over:
                raise RefusedError(f"{definition.name} is {visit.status.value} already. {self._now_in()}")
            if definition.performer is not Performer.ENGINEER:
                raise RefusedError(
                    f"{definition.name} is done by the {definition.performer.value}, not by an engineer."
                )
            if not engineer.support_level.covers(visit.support_level):
                raise RefusedError(
                    f"{definition.name} needs support level {visit.support_level.value}; {engineer.code} has "
                    f"{engineer.support_level.value}. Assign an engineer of level {visit.support_level.value} or above."
                )
            return [visit]
        open_visits = [
            visit
            for visit in self._graph.with_status(StageStatus.PENDING, StageStatus.IN_PROGRESS)
            if self._graph.definitions[visit.key].performer is Performer.ENGINEER
        ]
        fitting = [visit for visit in open_visits if engineer.support_level.covers(visit.support_level)]
        if not fitting:
            raise RefusedError(
                f"No open stage is for an engineer of level {engineer.support_level.value}."
                + (f" {self._graph.names(visit.key for visit in open_visits)} need more." if open_visits else "")
            )
        return fitting

    def completable(self, command: CompleteStage) -> StageVisit:
        """The visit that the command completes."""
        visit = self._in_progress(command.stage)
        definition = self._graph.definitions[command.stage]
        self._not_on_hold(definition.name)
        self._by_the_right_person(command, visit)
        missing = missing_actions(definition.required_actions, command.actions)
        if missing and command.outcome.value != "test_failed":
            raise RefusedError(
                f"{definition.name} can't be completed yet. Missing: {'; '.join(missing)}. "
                "Add them and complete it again."
            )
        return visit

    def consequence(self, command: CompleteStage) -> Consequence:
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

    def skippable(self, command: SkipStage) -> StageVisit:
        visit = self._graph.latest(command.stage)
        definition = self._graph.definitions[command.stage]
        if visit.is_over:
            raise RefusedError(f"{definition.name} is {visit.status.value} already. {self._now_in()}")
        if not definition.skippable:
            raise RefusedError(f"{definition.name} can't be skipped. Complete it, or cancel the ticket.")
        self._not_on_hold(definition.name)
        return visit

    def on_site(self, command: StartTravel | ArriveOnSite) -> StageVisit:
        """The visit on site that is in progress; one that is on hold may be travelled to all the same."""
        if command.stage is None:
            found = [visit for visit in self._graph.active() if self._graph.definitions[visit.key].on_site]
            if len(found) != 1:
                named = self._graph.names(visit.key for visit in found)
                which = f"Several stages are on site now: {named}. Name one." if found else self._now_in()
                raise RefusedError(f"It is not clear which stage on site is meant. {which}")
            visit = found[0]
        else:
            visit = self._in_progress(command.stage)
        definition = self._graph.definitions[visit.key]
        if not definition.on_site:
            raise RefusedError(f"{definition.name} is not done on site, so nobody travels for it.")
        if command.actor.role is not Role.COORDINATOR:  # a coordinator may report it for somebody
            self._by_the_right_person(command, visit)
        return visit

    def reopenable(self, command: Reopen, template: TemplateSnapshot, now: datetime) -> str:
        """The stage that a closed ticket goes back to."""
        ended = self._state.ended_at
        if ended is None or self._state.status is not TicketStatus.CLOSED:
            raise RefusedError(
                f"Only a closed ticket can be reopened; this one is {self._state.status.value}."
                + (f" {_NEW} if the fault is back." if ended else "")
            )
        if not template.reopen_within:
            raise RefusedError("Tickets of this template can't be reopened. Open a new ticket.")
        if now > ended + template.reopen_within:
            raise RefusedError(
                f"The ticket was closed at {ended:%Y-%m-%d %H:%M %Z}; it could be reopened until "
                f"{ended + template.reopen_within:%Y-%m-%d %H:%M %Z}. Open a new ticket."
            )
        target = command.return_to or next(iter(self._graph.definitions))
        if self._graph.latest(target).visit >= MOST_VISITS:
            raise RefusedError(
                f"{self._graph.definitions[target].name} was visited {MOST_VISITS} times. Open a new ticket."
            )
        return target

    # -- inside ------------------------------------------------------------------------------------------------------

    def _known(self, stage: str) -> None:
        if stage not in self._graph.definitions:
            raise RefusedError(
                f"There is no stage {stage!r} in this ticket. Its stages: {', '.join(self._graph.definitions)}."
            )

    def _in_progress(self, stage: str) -> StageVisit:
        visit = self._graph.latest(stage)
        definition = self._graph.definitions[stage]
        if visit.status is StageStatus.IN_PROGRESS:
            return visit
        if visit.status is StageStatus.PENDING:
            waiting = [key for key in definition.prerequisites if not self._graph.latest(key).is_over]
            raise RefusedError(
                f"{definition.name} has not begun: it waits for {self._graph.names(waiting)}. {self._now_in()}"
            )
        by = f" by {visit.finished_by.code}" if visit.finished_by else ""
        at = f" at {visit.finished_at:%Y-%m-%d %H:%M %Z}" if visit.finished_at else ""
        raise RefusedError(f"{definition.name} was {visit.status.value}{by}{at} already. {self._now_in()}")

    def _not_on_hold(self, name: str) -> None:
        if self._state.holds:
            reasons = ", ".join(hold.reason for hold in self._state.holds)
            until = max(hold.resume_at for hold in self._state.holds)
            raise RefusedError(
                f"The ticket is on hold ({reasons}, until {until:%Y-%m-%d %H:%M %Z}). "
                f"Resume it before {name} can go on."
            )

    def _by_the_right_person(self, command: Command, visit: StageVisit) -> None:
        definition = self._graph.definitions[visit.key]
        actor = command.actor
        if definition.performer is Performer.ENGINEER:
            if visit.engineer is None:
                raise RefusedError(f"Nobody is assigned to {definition.name}. Assign an engineer first.")
            if actor.role is not Role.ENGINEER or actor.code != visit.engineer.code:
                raise RefusedError(
                    f"{actor.code} is not assigned to {definition.name}; {visit.engineer.code} is. "
                    f"Let {visit.engineer.code} complete it, or assign {actor.code} first."
                )
            return
        wanted = {Performer.MANUFACTURER: Role.MANUFACTURER, Performer.COORDINATOR: Role.COORDINATOR}
        if actor.role is not wanted[definition.performer]:
            raise RefusedError(
                f"{definition.name} is completed by the {definition.performer.value}; "
                f"{actor.code} acts as {actor.role.value}."
            )

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

    def _now_in(self) -> str:
        active = self._graph.names(visit.key for visit in self._graph.active())
        return f"The ticket is in {active}." if active else "No stage is active."


def missing_actions(required: tuple[RequiredAction, ...], actions: dict[str, Answer]) -> list[str]:
    """The required actions that have no valid answer, each named with its key and what it takes."""
    return [
        f"{action.key} ({action.label}{hint})"
        for action in required
        if (hint := _lacks(action.kind, actions.get(action.key))) is not None
    ]


def _lacks(kind: ActionKind, answer: Answer | None) -> str | None:
    """None when the answer is valid, else a hint what it should be (may be empty)."""
    if kind is ActionKind.CHECK:
        return None if answer is True else ""
    if kind is ActionKind.TEXT:
        return None if isinstance(answer, str) and answer.strip() else ", a text"
    valid = isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer <= HIGHEST_RATING
    return None if valid else f", a whole number from 0 to {HIGHEST_RATING}"
