"""Testing as a stage of its own: the same way back as a test within the repair."""

from __future__ import annotations

from workflows.stages.repair import RULES

__all__ = ["RULES"]
