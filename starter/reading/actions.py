"""What the required actions of a stage take, by the template that a ticket goes by."""

from __future__ import annotations

from sqlalchemy import text

from models.contracts.templates import TemplateSnapshot
from models.database import Database, DatabaseUnavailable
from models.vocabulary import ActionKind
from starter.reading.plain import json_value

_TEMPLATE = text("SELECT template_snapshot FROM ticket_workflow_instances WHERE workflow_id = :workflow_id")


async def action_kinds(database: Database, workflow_id: str, stage: str) -> dict[str, ActionKind] | None:
    """What the required actions of a ticket's stage take; None when the database can't say."""
    try:
        async with database.session() as session:
            snapshot = await session.scalar(_TEMPLATE, {"workflow_id": workflow_id})
    except DatabaseUnavailable:
        return None
    if snapshot is None:
        return None
    template = TemplateSnapshot.model_validate(json_value(snapshot))
    return {action.key: action.kind for one in template.stages if one.key == stage for action in one.required_actions}
