"""Diagnosis: a fault that is fixed remotely needs no parts and nobody on site."""

from __future__ import annotations

from models.vocabulary import StageOutcome, StageType
from workflows.stages.rules import Consequence, StageRules

ONSITE = frozenset({StageType.ASSESSMENT, StageType.PROCUREMENT, StageType.REPAIR, StageType.TESTING})

RULES = StageRules(
    {
        StageOutcome.FIXED_REMOTELY: Consequence(skips=ONSITE, reason="Fixed remotely"),
        StageOutcome.NO_PARTS_NEEDED: Consequence(
            skips=frozenset({StageType.ASSESSMENT, StageType.PROCUREMENT}), reason="No parts needed"
        ),
    }
)
