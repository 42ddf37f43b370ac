"""Assessment (parts identification, a hand-over): with no parts to buy, procurement is left out."""

from __future__ import annotations

from models.vocabulary import StageOutcome, StageType
from workflows.stages.rules import Consequence, StageRules

RULES = StageRules(
    {
        StageOutcome.NO_PARTS_NEEDED: Consequence(skips=frozenset({StageType.PROCUREMENT}), reason="No parts needed"),
    }
)
