"""What was sent and what was acknowledged: the other side of the account that the database has to match."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from models.contracts.base import Command
from models.contracts.commands import CommandResult
from models.contracts.tickets import OpenedTicket


@dataclass(slots=True)
class SentCommand:
    """A command to a ticket. `sent_at` is the machine's time at its first try, in seconds; `action` is the fact that
    it must have left in the audit trail, once.

    Attributes:
        refused: why it was not applied, as its sender was told.
        signalled: it went out as a signal as well, which Temporal has taken.
        misused: how many other commands were sent under its id, each to be refused.
        told_ended_at: when somebody asked, last, who was then told that the ticket had ended. That is no answer of the
            ticket's to this id: opened again, it may take another copy.
    """

    key: str
    command_id: str
    action: str
    sent_at: float
    acknowledged: bool = False
    refused: str | None = None
    signalled: bool = False
    misused: int = 0
    told_ended_at: float | None = None
    answer: CommandResult | None = None


@dataclass(slots=True)
class Wait:
    """Somebody waited for an answer; times of the monotonic clock, in seconds. `until` unset: in vain, or still."""

    since: float
    until: float | None = None


@dataclass(slots=True)
class Account:
    """Written by the driver alone; others may read the counts while it works."""

    opened: dict[str, OpenedTicket] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    commands: dict[str, SentCommand] = field(default_factory=dict)
    acknowledged: int = 0
    retries: int = 0
    refused: list[str] = field(default_factory=list)
    """What should have been applied."""
    contradictions: list[str] = field(default_factory=list)
    """One command id, and two answers."""
    abandoned: dict[str, str] = field(default_factory=dict)
    """Tickets that did not answer for so long that people gave up, by their keys, and why."""
    unexpected: list[str] = field(default_factory=list)
    """Errors that nobody should see."""
    looks: int = 0
    looks_in_vain: int = 0
    waits: list[Wait] = field(default_factory=list)
    begun: int = 0
    stages: dict[str, int] = field(default_factory=dict)
    """How many stages each opened ticket has."""

    @property
    def over(self) -> set[str]:
        """Tickets that were closed or cancelled, as people were told."""
        return self.closed | self.cancelled

    def sending(self, key: str, command: Command) -> SentCommand:
        """Note a command before it goes out, if it is not one that went out before."""
        sent = SentCommand(key, command.command_id, command.leaves, sent_at=time.time())
        return self.commands.setdefault(command.command_id, sent)

    def answered(self, sent: SentCommand, answer: CommandResult) -> None:
        """Note that a command was acknowledged."""
        if answer.command_id != sent.command_id:
            self.refused.append(f"{sent.command_id} was answered with the answer to {answer.command_id}")
        if sent.answer is not None and answer != sent.answer:
            self.contradictions.append(
                f"{sent.command_id} was answered {sent.answer.message!r}, then {answer.message!r}"
            )
        if sent.refused is not None:
            self.contradictions.append(f"{sent.command_id} was refused ({sent.refused}), then {answer.message!r}")
        if not sent.acknowledged:
            self.acknowledged += 1
        sent.acknowledged, sent.answer = True, answer

    def refusing(self, sent: SentCommand, why: str) -> None:
        """Note that a command was refused, as may be right."""
        if sent.acknowledged:
            self.contradictions.append(f"{sent.command_id} was applied, then refused: {why}")
        sent.refused = why

    def told_ended(self, sent: SentCommand, asked_at: float) -> None:
        """Note that whoever sent it at `asked_at` was told that the ticket has ended and never had it."""
        sent.told_ended_at = max(asked_at, sent.told_ended_at or asked_at)

    def completions(self) -> list[SentCommand]:
        """The acknowledged completions of stages."""
        return [one for one in self.commands.values() if one.acknowledged and one.action == "stages_moved"]
