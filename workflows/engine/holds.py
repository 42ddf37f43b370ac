"""Putting a ticket on hold and taking it off again. What a reason means is the frozen template's to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from models.contracts.commands import DEFAULT_HOLD, LONGEST_HOLD, SAY_WHO_APPROVED, Hold, Resume
from models.contracts.facts import TicketHeld, TicketResumed
from models.contracts.state import ActiveHold, TicketState
from models.contracts.templates import HoldRule, TemplateSnapshot
from models.known_words import did_you_mean
from models.sla.clock import BREACH_PERCENT
from models.vocabulary import ClockKind, HoldReason, TicketStatus
from workflows.engine.checks import Checks
from workflows.engine.clocks import ClockBoard
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.refusal import RefusedError
from workflows.engine.rules import Rules
from workflows.engine.story import Story

RECALLS = Recalls()


class Holds:
    """The holds of a ticket. Several may overlap, one for each reason; clocks pause for their union.

    Attributes:
        may_overlap: False for a run from before they could: what it has refused stays refused.
        late_are_approved: whether one that takes back what was reported needs an approval.
    """

    def __init__(
        self, template: TemplateSnapshot, state: TicketState, checks: Checks, clocks: ClockBoard, story: Story
    ) -> None:
        self._template = template
        self._state = state
        self._checks = checks
        self._clocks = clocks
        self._story = story
        self.may_overlap = True
        self.late_are_approved: Callable[[], bool] = lambda: True

    def say(self, rules: Rules) -> None:
        rules.add(Hold, self._begin, self._check_shape)
        rules.add(Resume, self._resume)

    def next_end(self) -> datetime | None:
        """The nearest resume date."""
        return min((hold.resume_at for hold in self._state.holds), default=None)

    def _begin(self, command: Hold, now: datetime) -> str:
        """Put the ticket on hold. A request for a reason that it waits for already makes that hold last longer.

        Raises:
            RefusedError: the reason is not known, or nobody else has approved what needs an approval: its reason,
                or that it takes back what was reported.
        """
        if self._state.holds and not self.may_overlap:
            hold = self._state.holds[0]
            raise RefusedError(
                f"The ticket is on hold already ({hold.reason}, until {self._checks.when(hold.resume_at)}). "
                "Resume it first."
            )
        rule = self._approved(command)
        self._check_disputes(command, rule, now)
        resume_at = command.resume_at or now + (command.lasts or DEFAULT_HOLD)
        earlier = next((hold for hold in self._state.holds if hold.reason == command.reason), None)
        hold = ActiveHold(
            reason=command.reason,
            since=earlier.since if earlier else now,
            resume_at=max(resume_at, earlier.resume_at) if earlier else resume_at,
            owner=command.owner or (earlier.owner if earlier else command.actor.code),
            asked_by=command.actor,
            approved_by=command.approved_by or (earlier.approved_by if earlier else None),
            approval=command.approval if command.approved_by or earlier is None else earlier.approval,
        )
        self._state.holds = [one for one in self._state.holds if one is not earlier] + [hold]
        self._state.status = TicketStatus.ON_HOLD
        _changed(self._state, now)
        self._story.tell(
            TicketHeld,
            now,
            hold_reason=hold.reason,
            resume_at=hold.resume_at,
            pauses_clocks=bool(rule.pauses),
            pauses=tuple(kind for kind in ClockKind if kind in rule.pauses),
            party=rule.party,
            owner=hold.owner,
            approved_by=hold.approved_by,
            approval=hold.approval,
            merged=earlier is not None,
            reasons=self._reasons(),
            until=max(one.resume_at for one in self._state.holds),
            asked_until=resume_at if hold.resume_at > resume_at else None,
            reason=command.note,
        )
        self._clocks.pause_for(self._rules(), now)
        verb = "Still on hold" if earlier else "On hold"
        longer = f" (not only until {self._checks.when(resume_at)}, as asked now)" if hold.resume_at > resume_at else ""
        return f"{verb} ({command.reason}) until {self._checks.when(hold.resume_at)}{longer}; {_effect(rule)}."

    def _resume(self, command: Resume, now: datetime) -> str:
        """Take the ticket off hold, whatever it waited for.

        Raises:
            RefusedError: it is not on hold.
        """
        if not self._state.holds:
            raise RefusedError("The ticket is not on hold, so there is nothing to resume.")
        while self._state.holds:
            self._end(self._state.holds[0], now, command.note)
        self._clocks.pause_for((), now)
        return "The ticket goes on."

    def end_due(self, at: datetime) -> None:
        """End the holds whose resume date is `at`."""
        for hold in [one for one in self._state.holds if one.resume_at <= at]:
            self._end(hold, at, "Resume date reached")
        self._clocks.pause_for(self._rules(), at)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _check_shape(self, command: Hold, now: datetime) -> None:
        if self._checks.all_said and command.resume_at is not None and command.lasts is not None:
            raise RefusedError("A hold ends at a date or after a time. Give one of them, not both.")
        if command.resume_at is not None:
            if command.resume_at <= now:
                raise RefusedError(
                    f"The resume date {self._checks.when(command.resume_at, 'seconds')} is not in the future (now "
                    f"{self._checks.when(now, 'seconds')}). Give a later one."
                )
            if command.resume_at > now + LONGEST_HOLD:
                raise RefusedError(f"A hold lasts {LONGEST_HOLD.days} days at the most. Give an earlier resume date.")
        elif command.lasts is not None and not timedelta(0) < command.lasts <= LONGEST_HOLD:
            raise RefusedError(f"A hold lasts {LONGEST_HOLD.days} days at the most, and longer than nothing.")

    def _end(self, hold: ActiveHold, at: datetime, reason: str) -> None:
        self._state.holds = [one for one in self._state.holds if one is not hold]
        if not self._state.holds:
            self._state.status = TicketStatus.OPEN
        _changed(self._state, at)
        self._story.tell(
            TicketResumed,
            at,
            hold_reason=hold.reason,
            left=self._reasons(),
            until=max((one.resume_at for one in self._state.holds), default=None),
            reason=reason,
        )

    def _approved(self, command: Hold) -> HoldRule:
        rule = self._template.hold_rule(command.reason)
        if rule is None:
            known = [one.reason for one in self._template.hold_rules]
            raise RefusedError(
                f"There is no reason {command.reason!r} to put this ticket on hold. There are: {', '.join(known)}."
                f"{did_you_mean(command.reason, known)}"
            )
        if rule.reason == HoldReason.OTHER.value:
            self._checks.reason_given(command.note, f"A hold for {rule.name!r}", "which one it is")
        if rule.needs_approval and command.approved_by is None:
            raise RefusedError(f"A hold for {rule.name!r} needs an approval. {SAY_WHO_APPROVED}")
        if rule.needs_approval:
            self._check_four_eyes(command, rule)
        return rule

    def _check_four_eyes(self, command: Hold, rule: HoldRule) -> None:
        if self._is_of(command.actor.code, command.approved_by):
            raise RefusedError(
                f"A hold for {rule.name!r} has to be approved by somebody else than {command.actor.code}, who asks "
                f"for it. {SAY_WHO_APPROVED}"
            )

    def _check_disputes(self, command: Hold, rule: HoldRule, at: datetime) -> None:
        """Nobody alone says later that a clock had stopped before it was reported to be late (docs/adr/0037)."""
        lifted = self._clocks.would_take_back(rule, at)
        if not lifted or not self.late_are_approved():
            return
        if command.approved_by is not None:
            self._check_four_eyes(command, rule)
            return
        told = ", ".join(
            f"{clock.name} {'breach' if max(percents) >= BREACH_PERCENT else f'{max(percents)} %'}"
            for clock, percents in lifted
        )
        raise RefusedError(
            f"As of {self._checks.when(at)} the hold would take back what was reported since ({told}), so it needs an "
            f"approval. Tell it as of now, or have it approved. {SAY_WHO_APPROVED}"
        )

    def _is_of(self, code: str, given: str | None) -> bool:
        """Whether what is given is the code; runs from before took it as it is written."""
        return given == code or (self._checks.all_said and given is not None and given.casefold() == code.casefold())

    def _rules(self) -> Iterable[HoldRule]:
        found = (self._template.hold_rule(hold.reason) for hold in self._state.holds)
        return [rule for rule in found if rule is not None]

    def _reasons(self) -> tuple[str, ...]:
        return tuple(hold.reason for hold in self._state.holds)


def _changed(state: TicketState, at: datetime) -> None:
    state.holds_changed_at = max(at, state.holds_changed_at or at)


def _effect(rule: HoldRule) -> str:
    if not rule.pauses:
        return "clocks go on: this wait is not the customer's"
    if rule.pauses == frozenset(ClockKind):
        return "clocks are paused"
    return f"paused: the clocks for {', '.join(kind.value for kind in ClockKind if kind in rule.pauses)}"


@RECALLS.of(TicketHeld)
def _held(memory: Memory, fact: TicketHeld) -> None:
    state = memory.state
    earlier = next((hold for hold in state.holds if hold.reason == fact.hold_reason), None)
    hold = ActiveHold(
        reason=fact.hold_reason,
        since=earlier.since if earlier else fact.when,
        resume_at=fact.resume_at,
        owner=fact.owner or fact.actor.code,  # facts from before there were owners have none
        asked_by=fact.actor,
        approved_by=fact.approved_by,
        approval=fact.approval,
    )
    state.holds = [one for one in state.holds if one is not earlier] + [hold]
    state.status = TicketStatus.ON_HOLD
    _changed(state, fact.when)


@RECALLS.of(TicketResumed)
def _resumed(memory: Memory, fact: TicketResumed) -> None:
    state = memory.state
    state.holds = [hold for hold in state.holds if hold.reason != fact.hold_reason]
    if not state.holds:
        state.status = TicketStatus.OPEN
    _changed(state, fact.when)
