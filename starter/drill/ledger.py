"""What was sent and what was acknowledged: the other side of the account that the database has to match."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from models.contracts.base import Command
from models.contracts.commands import CommandResult, CompleteStage
from models.contracts.tickets import OpenedTicket


@dataclass(slots=True)
class SentCommand:
    """A command to a ticket. `sent_at` is the machine's time at its first try, in seconds; `action` is the fact that
    it must have left in the audit trail, once.
    """

    key: str
    command_id: str
    action: str
    sent_at: float
    acknowledged: bool = False


@dataclass(slots=True)
class Ledger:
    """Written by the driver alone; others may read the counts while it works."""

    opened: dict[str, OpenedTicket] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    commands: dict[str, SentCommand] = field(default_factory=dict)
    acknowledged: int = 0
    retries: int = 0
    refused: list[str] = field(default_factory=list)
    stages: dict[str, int] = field(default_factory=dict)
    """How many stages each opened ticket has."""

    def sending(self, key: str, command: Command) -> SentCommand:
        """Note a command before it goes out."""
        action = "stages_moved" if isinstance(command, CompleteStage) else "engineer_assigned"
        sent = SentCommand(key, command.command_id, action, sent_at=time.time())
        self.commands[command.command_id] = sent
        return sent

    def answered(self, sent: SentCommand, answer: CommandResult) -> None:
        """Note that a command was acknowledged."""
        if answer.command_id != sent.command_id:
            self.refused.append(f"{sent.command_id} was answered with the answer to {answer.command_id}")
        sent.acknowledged = True
        self.acknowledged += 1

    def completions(self) -> list[SentCommand]:
        """The acknowledged completions of stages."""
        return [one for one in self.commands.values() if one.acknowledged and one.action == "stages_moved"]
