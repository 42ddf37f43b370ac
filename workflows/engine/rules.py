"""Who applies which command: each part of the engine says its own, so that a command has its rules in one place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from models.contracts.base import Command
from workflows.engine.refusal import RefusedError

Asked = TypeVar("Asked", bound=Command)


class Rules:
    def __init__(self) -> None:
        self._apply: dict[type[Command], Callable[[Any, datetime], str]] = {}
        self._shape: dict[type[Command], Callable[[Any, datetime], None]] = {}
        self._of_ended: set[type[Command]] = set()

    def add(
        self,
        kind: type[Asked],
        apply: Callable[[Asked, datetime], str],
        shape: Callable[[Asked, datetime], None] | None = None,
        *,
        of_ended: bool = False,
    ) -> None:
        """Say how commands of a kind are applied.

        Args:
            apply: changes the state, tells it as facts, and returns what people are told; or raises RefusedError, and
                then nothing has changed.
            shape: raises RefusedError for what no progress of the ticket could make right; it is asked before history
                grows, and again before the command is applied.
            of_ended: whether it is for a ticket that is over, too.
        """
        self._apply[kind] = apply
        if shape is not None:
            self._shape[kind] = shape
        if of_ended:
            self._of_ended.add(kind)

    def takes_ended(self, command: Command) -> bool:
        """Whether the command is for a ticket that is over, too."""
        return type(command) in self._of_ended

    def check_shape(self, command: Command, now: datetime) -> None:
        """Refuse what no progress of the ticket could make right."""
        if (shape := self._shape.get(type(command))) is not None:
            shape(command, now)

    def apply(self, command: Command, now: datetime) -> str:
        """Apply a command whose shape is right, and return what people are told."""
        rule = self._apply.get(type(command))
        if rule is None:
            raise RefusedError(f"{type(command).__name__} is not a command of a ticket.")
        return rule(command, now)
