"""What several rules ask before they apply a command. Every refusal says what is wrong and what to do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from models.access import ACT_ON_STAGE
from models.contracts.base import Command
from models.contracts.commands import Answer
from models.contracts.state import StageVisit, TicketState
from models.contracts.templates import RequiredAction, StageDefinition
from models.instants import on_the_clock
from models.known_words import did_you_mean
from models.vocabulary.people import Role
from models.vocabulary.stages import ActionKind, Performer, StageStatus
from models.vocabulary.tickets import TicketStatus
from workflows.engine.graph import StageGraph
from workflows.engine.refusal import RefusedError

HIGHEST_RATING = 10


class Checks:
    """Each raises RefusedError where it does not hold.

    Attributes:
        all_said: False for a run from before: what it has taken in silence it goes on taking.
    """

    def __init__(self, state: TicketState, graph: StageGraph, zone: str) -> None:
        self._state = state
        self._graph = graph
        self._zone = zone
        self.all_said = True

    def when(self, at: datetime, to: Literal["minutes", "seconds"] = "minutes") -> str:
        """An instant for a sentence, by the clock of the equipment's site."""
        return on_the_clock(at, self._zone, to)

    def may_send(self, command: Command) -> None:
        """Whoever sends the command acts in a capacity in which one may."""
        senders = command.senders()
        if self.all_said and command.actor.role not in senders:
            raise RefusedError(
                f"{command.actor.code} acts as {command.actor.role.value}, and {command.words()} is for "
                f"{_either([role.value for role in senders])} only. Ask one of them to do it."
            )

    def reason_given(self, given: str, what: str, why: str) -> None:
        """There is a reason, where one is wanted.

        Args:
            what: what needs it, as the beginning of a sentence.
            why: what the reason says.
        """
        if self.all_said and not given.strip():
            raise RefusedError(f"{what} needs its reason. Say in the note {why}.")

    def asked_for(self, definition: StageDefinition, actions: dict[str, Answer]) -> None:
        """The stage asks for every answer that is given, and each is of the form that its action takes."""
        if self.all_said and (flaw := unasked(definition, actions)):
            raise RefusedError(flaw)

    def not_over(self, command: Command) -> None:
        """The ticket has not ended."""
        if self._state.ended_at is not None:
            remedy = (
                "Reopen it or open a new ticket" if self._state.status is TicketStatus.CLOSED else "Open a new ticket"
            )
            raise RefusedError(
                f"The ticket is {self._state.status.value} since {self.when(self._state.ended_at)}; "
                f"{command.words()} is not possible any more. {remedy} if the fault is back."
            )

    def known(self, stage: str | None) -> None:
        """The ticket has such a stage, if one is named."""
        if stage is not None and stage not in self._graph.definitions:
            raise RefusedError(
                f"There is no stage {stage!r} in this ticket. Its stages: {', '.join(self._graph.definitions)}."
                f"{did_you_mean(stage, self._graph.definitions)}"
            )

    def in_progress(self, stage: str) -> StageVisit:
        """The visit to the stage that goes on."""
        visit = self._graph.latest(stage)
        definition = self._graph.definitions[stage]
        if visit.status is StageStatus.IN_PROGRESS:
            return visit
        if visit.status is StageStatus.PENDING:
            waiting = [key for key in definition.prerequisites if not self._graph.latest(key).is_over]
            raise RefusedError(
                f"{definition.name} has not begun: it waits for {self._graph.names(waiting)}. {self.now_in()}"
            )
        by = f" by {visit.finished_by.code}" if visit.finished_by else ""
        at = f" at {self.when(visit.finished_at)}" if visit.finished_at else ""
        raise RefusedError(f"{definition.name} was {visit.status.value}{by}{at} already. {self.now_in()}")

    def not_on_hold(self, name: str) -> None:
        """The ticket waits for nothing; `name` is what was to go on."""
        if self._state.holds:
            reasons = ", ".join(hold.reason for hold in self._state.holds)
            until = max(hold.resume_at for hold in self._state.holds)
            raise RefusedError(
                f"The ticket is on hold ({reasons}, until {self.when(until)}). Resume it before {name} can go on."
            )

    def by_the_right_person(self, command: Command, visit: StageVisit) -> None:
        """Whoever sends the command is who performs the visit."""
        definition = self._graph.definitions[visit.key]
        actor = command.actor
        if definition.performer is Performer.ENGINEER:
            on_it = visit.on_it_as(actor.code)
            if actor.role is Role.ENGINEER and on_it in ACT_ON_STAGE:
                return
            if visit.engineer is None:
                raise RefusedError(f"Nobody is assigned to {definition.name}. Assign an engineer first.")
            if actor.role is Role.ENGINEER and on_it is not None:
                raise RefusedError(
                    f"{actor.code} is on {definition.name} as {on_it.value}, and {visit.engineer.code} does it. Let "
                    f"{visit.engineer.code} say it, or put {actor.code} on it as primary or secondary."
                )
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

    def now_in(self) -> str:
        """Where the ticket stands, as a sentence for a refusal."""
        active = self._graph.names(visit.key for visit in self._graph.active())
        return f"The ticket is in {active}." if active else "No stage is active."


def unasked(definition: StageDefinition, actions: dict[str, Answer]) -> str:
    """What is wrong with the answers that are given, as a refusal; empty: the stage asks for each, and takes it."""
    known = [action.key for action in definition.required_actions]
    if unknown := [key for key in actions if key not in known]:
        near = "".join(did_you_mean(key, known) for key in unknown[:3])
        listed = ", ".join(known) or "nothing"
        return (
            f"{definition.name} does not ask for {', '.join(unknown)}. It asks for {listed}.{near} Correct the "
            "answers and complete it again."
        )
    wrong = [
        f"{action.key} ({action.label}{_LIKE[action.kind]})"
        for action in definition.required_actions
        if action.key in actions and not _says(action.kind, actions[action.key])
    ]
    return f"Not an answer: {'; '.join(wrong)}. Correct it and complete {definition.name} again." if wrong else ""


def lacking(definition: StageDefinition, actions: dict[str, Answer]) -> str:
    """What the stage asks for and has no valid answer to, as a refusal; empty: nothing."""
    missing = missing_actions(definition.required_actions, actions)
    return (
        f"{definition.name} can't be completed yet. Missing: {'; '.join(missing)}. Add them and complete it again."
        if missing
        else ""
    )


def missing_actions(required: tuple[RequiredAction, ...], actions: dict[str, Answer]) -> list[str]:
    """The required actions that have no valid answer, each named with its key and what it takes."""
    return [
        f"{action.key} ({action.label}{hint})"
        for action in required
        if (hint := _lacks(action.kind, actions.get(action.key))) is not None
    ]


_LIKE = {
    ActionKind.CHECK: ", true or false",
    ActionKind.TEXT: ", a text",
    ActionKind.RATING: f", a whole number from 0 to {HIGHEST_RATING}",
    ActionKind.SIGNATURE: ", signed by the customer",
}


def _lacks(kind: ActionKind, answer: Answer | None) -> str | None:
    """None when the answer is valid, else a hint what it should be (may be empty)."""
    if kind is ActionKind.CHECK:
        return None if answer is True else ""
    return None if answer is not None and _fits(kind, answer) else _LIKE[kind]


def _fits(kind: ActionKind, answer: Answer) -> bool:
    """Whether the answer is of the form that an action of a kind takes."""
    if kind is ActionKind.CHECK:
        return isinstance(answer, bool)
    if kind in {ActionKind.TEXT, ActionKind.SIGNATURE}:
        return isinstance(answer, str) and bool(answer.strip())
    return isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer <= HIGHEST_RATING


def _says(kind: ActionKind, answer: Answer) -> bool:
    """Whether an answer is of the form that its action takes, and a text is more than blanks and what can't be seen."""
    shows = not isinstance(answer, str) or any(one.isprintable() and not one.isspace() for one in answer)
    return shows and _fits(kind, answer)


def _either(words: list[str]) -> str:
    """`coordinator, hospital or engineer`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
