"""Who reports a fault, and of which units they may."""

from __future__ import annotations

import json
from uuid import UUID

from models.access import Action, Allowed, may
from models.contracts.base import Actor
from models.contracts.intake import FaultReport
from models.database_calls import Calls
from models.sql_functions import SqlFunction
from starter.accounts.gate import WHOSE, acting_as, guard
from starter.failures import NotAllowed, UnknownTicket
from starter.freezing import ReportRefused
from starter.intake import no_unit


async def admitted(
    database: Calls, fault: FaultReport, unit: UUID | None, existing: str | None, *, role_said: bool, by_said: bool
) -> Actor:
    """As whom a fault is reported.

    Args:
        unit: that it is about; None: nobody knows which.
        existing: the ticket that its key stands for already.

    Raises:
        ReportRefused: the unit is somebody else's, so there is none; or the key is.
        NotAllowed: whoever asks reports no faults.
    """
    principal = database.principal
    if principal is None:
        return fault.reporter
    document = None if unit is None else await database.call(SqlFunction.UNIT_ACCESS, unit)
    if document is None:
        raise no_unit(fault.unit)
    whose = WHOSE.validate_python(json.loads(document))
    verdict = may(principal, Action.REPORT, whose, capacity=fault.reporter.role if role_said else None)
    if not isinstance(verdict, Allowed):
        raise no_unit(fault.unit) if verdict.hidden else NotAllowed(verdict.sentence)
    if existing is not None:
        try:
            await guard(database, Action.READ, existing)
        except UnknownTicket:
            raise ReportRefused(f"The key {fault.key} is taken. Use another.") from None
    return acting_as(principal, verdict, fault.reporter.code if by_said else None)
