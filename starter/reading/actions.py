"""What a ticket can be told, by the template that it goes by: answers of a stage, how it ends, reasons to wait."""

from __future__ import annotations

from models.contracts.templates import HoldRule, TemplateSnapshot
from models.database_calls import Calls
from models.database_errors import DatabaseUnavailable
from models.sql_functions import SqlFunction
from models.vocabulary import ActionKind, StageOutcome, StageType
from workflows.stages import RULES


async def action_kinds(database: Calls, workflow_id: str, stage: str) -> dict[str, ActionKind] | None:
    """What the required actions of a ticket's stage take; None when the database can't say."""
    template = await _template(database, workflow_id)
    if template is None:
        return None
    return {action.key: action.kind for one in template.stages if one.key == stage for action in one.required_actions}


async def hold_rules(database: Calls, workflow_id: str) -> tuple[HoldRule, ...]:
    """The reasons for which a ticket may wait; none when the database can't say."""
    template = await _template(database, workflow_id)
    return () if template is None else template.hold_rules


def outcomes(stage_type: StageType) -> tuple[StageOutcome, ...]:
    """How a stage of a type may end; `done` is always the first."""
    return RULES[stage_type].possible


async def _template(database: Calls, workflow_id: str) -> TemplateSnapshot | None:
    try:
        snapshot = await database.call(SqlFunction.TEMPLATE_OF_TICKET, workflow_id)
    except DatabaseUnavailable:
        return None
    return None if snapshot is None else TemplateSnapshot.model_validate_json(snapshot)
