"""What each type of stage does to the rest of the ticket when it is completed: one module a type."""

from __future__ import annotations

from models.vocabulary import StageType
from workflows.stages import assessment, completion, diagnosis, procurement, repair, testing
from workflows.stages.rules import StageRules

RULES: dict[StageType, StageRules] = {
    StageType.DIAGNOSIS: diagnosis.RULES,
    StageType.ASSESSMENT: assessment.RULES,
    StageType.PROCUREMENT: procurement.RULES,
    StageType.REPAIR: repair.RULES,
    StageType.TESTING: testing.RULES,
    StageType.COMPLETION: completion.RULES,
}
