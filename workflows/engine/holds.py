"""Putting a ticket on hold and taking it off again."""

from __future__ import annotations

from datetime import datetime

from models.contracts.commands import DEFAULT_HOLD, Hold
from models.contracts.facts import TicketHeld, TicketResumed
from models.contracts.state import ActiveHold, TicketState
from models.vocabulary import TicketStatus
from workflows.engine.clocks import ClockBoard
from workflows.engine.refusal import RefusedError
from workflows.engine.story import Story


class Holds:
    def __init__(self, state: TicketState, clocks: ClockBoard, story: Story) -> None:
        self._state = state
        self._clocks = clocks
        self._story = story

    def begin(self, command: Hold, now: datetime) -> str:
        """Put the ticket on hold; clocks pause when the reason is the customer's.

        Raises:
            RefusedError: it is on hold already.
        """
        if (hold := self._state.hold) is not None:
            raise RefusedError(
                f"The ticket is on hold already ({hold.reason.value}, until {hold.resume_at:%Y-%m-%d %H:%M %Z}). "
                "Resume it first."
            )
        resume_at = command.resume_at or now + DEFAULT_HOLD
        self._state.hold = ActiveHold(
            reason=command.reason,
            since=now,
            resume_at=resume_at,
            owner=command.actor,
            approved_by=command.approved_by,
        )
        self._state.status = TicketStatus.ON_HOLD
        pauses = command.reason.pauses_clocks
        self._story.tell(
            TicketHeld,
            now,
            hold_reason=command.reason,
            resume_at=resume_at,
            pauses_clocks=pauses,
            approved_by=command.approved_by,
            reason=command.note,
        )
        if pauses:
            self._clocks.pause_all(now, command.reason.value)
        effect = "clocks are paused" if pauses else "clocks go on: this wait is not the customer's"
        return f"On hold ({command.reason.value}) until {resume_at:%Y-%m-%d %H:%M %Z}; {effect}."

    def resume(self, now: datetime, note: str) -> str:
        """Take the ticket off hold.

        Raises:
            RefusedError: it is not on hold.
        """
        if self._state.hold is None:
            raise RefusedError("The ticket is not on hold, so there is nothing to resume.")
        self.end(now, note)
        return "The ticket goes on."

    def end(self, at: datetime, reason: str) -> None:
        """End the hold at `at`: by a person, or by its resume date."""
        hold = self._state.hold
        if hold is None:
            return
        self._state.hold = None
        self._state.status = TicketStatus.OPEN
        self._story.tell(TicketResumed, at, hold_reason=hold.reason, reason=reason)
        self._clocks.resume_all(at)
