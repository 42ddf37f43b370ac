"""Procurement: it ends when the parts are there."""

from __future__ import annotations

from workflows.stages.rules import StageRules

RULES = StageRules()
