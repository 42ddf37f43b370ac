"""How far a long work has come, for whoever waits for it."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """Told again and again what is being done now, how much of it is done, and of how much where that is known."""

    def __call__(self, what: str, done: float, total: float | None = None) -> None: ...


def unwatched(what: str, done: float, total: float | None = None) -> None:
    """For a work that nobody watches."""
