"""Four eyes: what one asks for, another one has approved, as themselves and once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from models.access import Action
from models.contracts.base import FreeText, Slug
from models.contracts.commands import Hold
from models.database_calls import Calls
from models.database_errors import DatabaseRefused
from models.sql_functions import SqlFunction
from starter.accounts.gate import guard, hidden
from starter.failures import BadInput, NotAllowed, Refused, Remedy, RemedyKind
from starter.given import made
from starter.reading.finding import checked_reference

LASTS = timedelta(days=1)


class Approving(BaseModel):
    """What is approved: that a ticket is put on hold for a reason."""

    hold_reason: Slug
    remark: FreeText = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """What was approved, by whom, and until when somebody else may make use of it."""

    reason: str
    by: str
    expires_at: datetime


class Standing(StrEnum):
    """How an approval stands."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    VOID = "void"
    """Whoever gave it approves nothing any more."""


@dataclass(frozen=True, slots=True)
class GivenApproval:
    """An approval that is on record.

    Attributes:
        approved_by: the code of the account that gave it, which a hold names.
        used_by: whose hold has used it up.
    """

    hold_reason: str
    approved_by: str
    name: str
    remark: str
    standing: Standing
    given_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_by: str | None


async def list_approvals(database: Calls, reference: str) -> Sequence[GivenApproval]:
    """The approvals of a ticket, newest first.

    Raises:
        UnknownTicket, NotAllowed: there is none for whoever asks, or they may not look at its approvals.
    """
    reference = checked_reference(reference)
    await guard(database, Action.APPROVALS, reference)
    rows = await database.rows(SqlFunction.LIST_APPROVALS, reference)
    if not rows and await database.call(SqlFunction.FIND_TICKET, reference) is None:
        raise hidden(reference)
    return [GivenApproval(**{**row, "standing": Standing(row["standing"])}) for row in rows]


async def approve_hold(
    database: Calls, reference: str, reason: str, *, remark: str = "", lasts: timedelta = LASTS
) -> Approval:
    """Approve that somebody else puts a ticket on hold for a reason, once.

    Raises:
        BadInput: nobody has signed in: then there is nobody who could approve.
        UnknownTicket, NotAllowed: there is none for whoever asks, or they approve nothing.
    """
    approving = made(Approving, hold_reason=reason, remark=remark)
    if database.principal is None:
        raise BadInput("An approval is somebody's: sign in. Without accounts the hold itself says who approved it.")
    await guard(database, Action.APPROVE, reference)
    given = json.dumps({**approving.model_dump(), "lasts": lasts.total_seconds()})
    try:
        expires_at = await database.call(SqlFunction.GIVE_APPROVAL, reference, given, database.principal.code)
    except DatabaseRefused as error:
        raise Refused(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    if expires_at is None:
        raise hidden(reference)
    return Approval(reason, database.principal.code, expires_at)


async def approved(database: Calls, reference: str, command: Hold) -> Hold:
    """The hold, with the approval that it names; the approval is used up by it.

    What names nobody, or comes from the operator's terminal where nobody has signed in, stays as it is.

    Raises:
        NotAllowed: who is named has not approved it, may not, or is who asks.
    """
    principal = database.principal
    if principal is None or command.approved_by is None:
        return command.model_copy(update={"approval": None})
    hold = {
        "hold_reason": command.reason,
        "approved_by": command.approved_by,
        "command_id": command.command_id,
    }
    said = json.loads(await database.call(SqlFunction.USE_APPROVAL, reference, json.dumps(hold), principal.code))
    match said["standing"]:
        case "given":
            return command.model_copy(update={"approval": UUID(said["approval"]), "approved_by": said["approved_by"]})
        case "same_person":
            raise NotAllowed(f"{command.approved_by} is you, in whatever role. Somebody else has to approve it.")
        case "may_not":
            raise NotAllowed(f"{command.approved_by} approves nothing. It takes a coordinator or manager.")
        case _:
            raise NotAllowed(
                f"{command.approved_by} has not approved a hold for {command.reason} of this ticket, or it was used.",
                Remedy(RemedyKind.ASK_FOR_APPROVAL, command.approved_by),
            )
