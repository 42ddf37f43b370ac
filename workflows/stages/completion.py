"""Completion and sign-off: the unit goes back to its users, or, when it fails in front of them, back to repair."""

from __future__ import annotations

from workflows.stages.repair import RULES

__all__ = ["RULES"]
