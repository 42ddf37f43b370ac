"""Sealing the audit trail by itself: what a run is told, and what it did."""

from __future__ import annotations

from models.contracts.base import Message


class SealTrail(Message):
    """Seal what is new.

    Attributes:
        written_down: the last seal that is written down elsewhere; 0: none is.
    """

    written_down: int = 0


class Sealed(Message):
    """What a run did.

    Attributes:
        seals: that it made.
        written_down: the last seal that is written down elsewhere now.
    """

    seals: int
    written_down: int
