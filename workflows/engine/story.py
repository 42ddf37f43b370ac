"""The ticket's story: facts in order, kept until the projection has them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from models.contracts.base import SYSTEM, Actor, Command
from models.contracts.facts import CommandRefused
from models.contracts.state import TicketState
from models.contracts.told import Answered, BaseFact


class Story:
    """Numbers facts and names their cause: the command being applied, or the system itself (timers, consequences)."""

    def __init__(self, state: TicketState) -> None:
        self._state = state
        self._actor: Actor = SYSTEM
        self._command_id: str | None = None
        self._claims: dict[str, Any] = {}
        self._claimed_by: frozenset[str] = frozenset()
        self.came: datetime | None = None
        """When the command came that is being applied, which may count from before."""
        self.in_order = False
        """Whether what is told after something later keeps its time beside that: runs from before have told it as if
        nothing had come in between."""

    @property
    def actor(self) -> Actor:
        """Whose doing it is that is being told."""
        return self._actor

    @contextmanager
    def caused_by(self, command: Command, came: datetime | None = None, **claims: Any) -> Iterator[None]:
        """Facts told inside carry the command's actor and id, and the one that it leaves what it claims.

        Args:
            came: when it came; unset: when its facts happen.
        """
        self._actor, self._command_id, self.came = command.actor, command.command_id, came
        self._claims, self._claimed_by = (
            claims,
            frozenset({command.leaves, CommandRefused.model_fields["kind"].default}),
        )
        try:
            yield
        finally:
            self._actor, self._command_id, self.came = SYSTEM, None, None
            self._claims = {}

    @contextmanager
    def told_by(self, actor: Actor) -> Iterator[None]:
        """Facts told inside are somebody's, by no command."""
        self._actor = actor
        try:
            yield
        finally:
            self._actor = SYSTEM

    def known(self, at: datetime) -> datetime:
        """When the ticket knows what happened at that time: at once, unless it is told later."""
        before = self._state.latest if self.in_order else None
        return max(one for one in (at, self.came, before) if one is not None)

    def tell(self, kind: type[BaseFact], at: datetime, **fields: Any) -> None:
        """Something happened at that time."""
        self._state.sequence += 1
        known = self.known(at)
        times: dict[str, Any] = {"at": known} if known == at else {"at": known, "happened_at": at}
        if self._claims and kind.model_fields["kind"].default in self._claimed_by:
            times |= self._claims
        fact = kind(sequence=self._state.sequence, actor=self._actor, command_id=self._command_id, **times, **fields)
        self._state.latest = known
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
