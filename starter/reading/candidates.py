"""Who could be put on a ticket now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.access import Action, Allowed, may
from models.database_calls import Calls
from models.records import TicketRecord
from models.sql_functions import SqlFunction
from models.vocabulary.people import SupportLevel
from models.vocabulary.stages import StageStatus
from starter.reading import registry


async def candidates(database: Calls, record: TicketRecord) -> Sequence[Mapping[str, Any]]:
    """Engineers who are qualified for what is in progress and available, the least busy first; none for a ticket that
    has ended, nor for whoever may not look engineers up.
    """
    if record.ticket.status.has_ended:
        return ()
    if database.principal is not None and not isinstance(may(database.principal, Action.ENGINEERS), Allowed):
        return ()
    found = await registry.units(database, None, str(record.unit.equipment_id), 1, None)
    if not found.rows:
        return ()
    unit = found.rows[0]
    levels = [one.support_level for one in record.stages if one.status is StageStatus.IN_PROGRESS]
    level = max(levels, default=SupportLevel.L1)
    return await database.rows(
        SqlFunction.GET_QUALIFIED_ENGINEERS, unit["equipment_type"], level.value, [], unit["manufacturer"]
    )
