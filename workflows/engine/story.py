"""The ticket's story: facts in order, kept until the projection has them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from models.contracts.base import SYSTEM, Actor, Command
from models.contracts.facts import Answered, BaseFact
from models.contracts.state import TicketState


class Story:
    """Numbers facts and names their cause: the command being applied, or the system itself (timers, consequences)."""

    def __init__(self, state: TicketState) -> None:
        self._state = state
        self._actor: Actor = SYSTEM
        self._command_id: str | None = None

    @contextmanager
    def caused_by(self, command: Command) -> Iterator[None]:
        """Facts told inside carry the command's actor and id."""
        self._actor, self._command_id = command.actor, command.command_id
        try:
            yield
        finally:
            self._actor, self._command_id = SYSTEM, None

    @contextmanager
    def told_by(self, actor: Actor) -> Iterator[None]:
        """Facts told inside are somebody's, by no command."""
        self._actor = actor
        try:
            yield
        finally:
            self._actor = SYSTEM

    def tell(self, kind: type[BaseFact], at: datetime, **fields: Any) -> None:
        self._state.sequence += 1
        fact = kind(sequence=self._state.sequence, at=at, actor=self._actor, command_id=self._command_id, **fields)
        self._state.latest = at
        self._state.unstored.append(fact)  # type: ignore[arg-type]  # BaseFact's subclasses are the union Fact

    def answered(self, command: Command, message: str = "") -> None:
        """A command has been answered so: its last fact says it to whoever goes on by the record."""
        last = self._state.unstored[-1] if self._state.unstored else None
        if last is not None and last.command_id == command.command_id:
            given = Answered(command=type(command).__name__, digest=command.digest, message=message)
            self._state.unstored[-1] = last.model_copy(update={"answered": given})

    def stored(self, sequence: int) -> None:
        """The projection stands at `sequence`."""
        self._state.stored = max(self._state.stored, sequence)
        self._state.unstored = [fact for fact in self._state.unstored if fact.sequence > self._state.stored]
