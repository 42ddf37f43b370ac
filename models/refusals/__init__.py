"""What PostgreSQL refuses, in sentences for people: `sentences` makes them, from `words` by context."""

from __future__ import annotations

from models.refusals.sentences import Refusal

__all__ = ["Refusal"]
