"""What AI proposed, as far as it is to be judged before it is shown."""

from __future__ import annotations

from models.records import TicketRecord
from models.vocabulary.ai import AiTask


def least_confidence(record: TicketRecord, stage: str | None, task: AiTask = AiTask.DIAGNOSIS) -> float:
    """How sure a stage's template wants AI to be, in percent: what is below is uncertain. 0 where it does not say."""
    asked = (
        one["minimum_confidence"]
        for definition in record.template_stages
        if definition["key"] == stage
        for one in definition.get("ai") or ()
        if one["task"] == task.value
    )
    return float(next(asked, 0))
