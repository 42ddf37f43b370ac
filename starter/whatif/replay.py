"""Leading a closed ticket's clocks through its history once more, by the rules of the engine itself.

People's acts stay when they were: when a stage was entered and completed, when somebody took it, when a hold was asked
for and when it ended. What follows from them by rule (targets, pauses, open hours, verdicts) is worked out anew.
"""

from __future__ import annotations

from typing import Any

from models.contracts.facts import (
    ArrivedOnSite,
    ClockMoved,
    ContractChanged,
    Fact,
    PriorityChanged,
    StagesMoved,
    TicketEnded,
    TicketHeld,
    TicketReopened,
    TicketResumed,
)
from models.contracts.state import StageVisit, TicketState
from models.contracts.templates import HoldRule
from models.contracts.tickets import TicketInput
from models.vocabulary import ClockEventKind, ClockKind, Party, StageStatus, TicketStatus
from starter.whatif.alternative import UNCHANGED, Alternative
from starter.whatif.history import TicketHistory, Verdict
from workflows.engine.clocks import ARRIVAL, RESPONSE, ClockBoard
from workflows.engine.story import Story
from workflows.engine.terms import Terms


class NotReplayable(Exception):  # noqa: N818 - a property of a record
    """A history whose recorded verdicts do not follow from the rules that it ran by, or that can't run by others; the
    sentence says why.
    """


def replay(history: TicketHistory, alternative: Alternative = UNCHANGED) -> dict[str, Verdict]:
    """What each clock would say, by name, under other rules.

    Raises:
        ValueError: the history makes no sense: a clock ends before it starts.
        NotReplayable: a deadline would be beyond every calendar.
    """
    try:
        return _Replay(history, alternative).verdicts()
    except OverflowError as error:
        raise NotReplayable("a deadline would lie more than a century ahead") from error


def check_replayable(history: TicketHistory) -> None:
    """That the rules give what is on record.

    Raises:
        NotReplayable: they do not.
    """
    recorded, replayed = history.recorded(), replay(history)
    for name in sorted(recorded.keys() | replayed.keys()):
        if recorded.get(name) != replayed.get(name):
            raise NotReplayable(
                f"the recorded verdict of clock {name} does not follow from its recorded rules: it was opened by "
                "another release, or its record is incomplete"
            )


class _Replay:
    def __init__(self, history: TicketHistory, alternative: Alternative) -> None:
        self._alternative = alternative
        self._was = history.template
        self._end = history.ended_at
        self._template = alternative.template(history.template)
        self._held: dict[str, HoldRule] = {}
        self._on_site = {stage.key for stage in self._template.stages if stage.on_site}
        self._left = set(self._on_site)
        terms: dict[str, Any] = {
            "ticket_id": history.ticket_id,
            "template": self._template,
            "service": alternative.service(history.service),
            "calendar": alternative.hours(history.calendar),
            "priority": history.priority,
        }
        ticket = TicketInput.model_construct(**terms)  # no clock asks for more
        self._state = TicketState(opened_at=history.opened_at)
        self._terms = Terms(ticket, self._state)
        self._clocks = ClockBoard(ticket, self._state, Story(self._state), self._terms)
        self._clocks.start_ticket_clocks(history.opened_at)
        for fact in history.facts:
            self._apply(fact)

    def verdicts(self) -> dict[str, Verdict]:
        found = {}
        for name, clock in self._state.clocks.items():
            calendar = self._terms.calendar_of(clock)
            state = clock.state(self._end, calendar)
            found[name] = Verdict(
                clock.kind,
                state,
                clock.elapsed(self._end, calendar),
                clock.current_target,
                clock.due_at(calendar),
            )
        return found

    def _apply(self, fact: Fact) -> None:
        match fact:
            case ClockMoved():
                self._clock_moved(fact)
            case TicketHeld():
                self._held[fact.hold_reason] = self._rule(fact)
                self._clocks.pause_for(self._held.values(), fact.when)
            case TicketResumed():
                self._held.pop(fact.hold_reason, None)
                self._clocks.pause_for(self._held.values(), fact.when)
            case PriorityChanged():
                self._state.priority = fact.priority
                self._clocks.retarget(fact.when, fact.reason)
            case ContractChanged():
                self._contract_changed(fact)
            case TicketReopened():
                self._state.status = TicketStatus.OPEN
                self._clocks.reopen(self._template.reopen_policy, fact.when, fact.reason, fact.reopened)
            case ArrivedOnSite():
                self._clocks.stop(ARRIVAL, fact.when)
            case StagesMoved():
                self._stages_moved(fact)
            case TicketEnded():
                self._held = {}
                self._clocks.cancel(ARRIVAL, fact.when, "No visit was needed")
            case _:
                pass

    def _clock_moved(self, fact: ClockMoved) -> None:
        """What people or stages did to a clock; what rules did to it is worked out from what they did it for."""
        if fact.clock is ClockKind.ARRIVAL:
            return  # it may not have been there: journeys and stages say it as well
        if fact.clock is ClockKind.STAGE and fact.event is ClockEventKind.STARTED and fact.stage is not None:
            definition = next(one for one in self._template.stages if one.key == fact.stage.key)
            self._clocks.start_stage_clock(
                definition, StageVisit(key=definition.key, visit=fact.stage.visit), fact.when
            )
        elif fact.event in {ClockEventKind.STOPPED, ClockEventKind.CANCELLED}:
            for name in self._meant(fact):
                if fact.event is ClockEventKind.STOPPED:
                    self._clocks.stop(name, fact.when)
                else:
                    self._clocks.cancel(name, fact.when, fact.reason)

    def _meant(self, fact: ClockMoved) -> list[str]:
        """The clock; of a resolution the one that runs now, which after a reopening may have another name."""
        if fact.clock is ClockKind.RESOLUTION:
            return [one.name for one in self._clocks.open() if one.kind is ClockKind.RESOLUTION]
        return [RESPONSE if fact.clock is ClockKind.RESPONSE else fact.name]

    def _contract_changed(self, fact: ContractChanged) -> None:
        before = self._terms.calendar
        calendar = before if self._alternative.calendar is not None else fact.calendar
        self._state.service = self._alternative.service(fact.service)
        self._state.calendar = calendar
        if calendar == before:
            self._clocks.retarget(fact.when, fact.reason)
        else:
            self._clocks.change_calendar(before, fact.when, fact.reason)

    def _stages_moved(self, fact: StagesMoved) -> None:
        """The arrival follows from stages on site: the first that is completed stops it, none left cancels it."""
        for one in fact.finished:
            if one.key in self._on_site and one.status is StageStatus.COMPLETED:
                self._clocks.stop(ARRIVAL, fact.when)
            self._left.discard(one.key)
        self._left |= {one.key for one in (*fact.planned, *fact.entered)} & self._on_site
        if not self._left:
            self._clocks.cancel(ARRIVAL, fact.when, "No visit is needed")

    def _rule(self, fact: TicketHeld) -> HoldRule:
        """What the reason means; a reason that the template has no rule for means what the fact says."""
        rule = self._template.hold_rule(fact.hold_reason)
        if rule is not None:
            return rule
        pauses = frozenset(fact.pauses or (ClockKind if fact.pauses_clocks else ()))
        return HoldRule(reason=fact.hold_reason, name=fact.hold_reason, pauses=pauses, party=Party.TRIAGE)


def changed(was: dict[str, Verdict], would: dict[str, Verdict]) -> list[tuple[str, Verdict | None, Verdict | None]]:
    """The clocks whose verdict is another one, or that are there only once; in their order."""
    names = list(dict.fromkeys([*was, *would]))
    pairs = [(name, was.get(name), would.get(name)) for name in names]
    return [(name, old, new) for name, old, new in pairs if (old and old.state) != (new and new.state)]
