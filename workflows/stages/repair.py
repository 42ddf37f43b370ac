"""Repair: a failed test afterwards sends the work back, for a further visit."""

from __future__ import annotations

from models.vocabulary import StageOutcome
from workflows.stages.rules import Consequence, StageRules

RULES = StageRules(
    {StageOutcome.TEST_FAILED: Consequence(goes_back=True, reason="Post-repair test failed")},
)
