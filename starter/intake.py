"""From a report to a durable ticket: look up, freeze, start. One database round trip and one call to Temporal."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models.access import Action
from models.contracts.commands import OpenTicket
from models.contracts.intake import Acknowledgement, FaultReport
from models.contracts.tickets import OpenedTicket, TicketInput
from models.database import Database
from models.identity import (
    KEY_PATTERN,
    NUMBER_PATTERN,
    OPENED_UPDATE,
    TICKETS_QUEUE,
    workflow_id,
)
from models.sql_functions import SqlFunction
from starter.accounts.gate import guard
from starter.calling import NoAnswer, NotThere, TemporalRefuses, TemporalUnavailable, answered
from starter.failures import NotConfirmed, Remedy, RemedyKind, Told, UnknownTicket
from starter.freezing import ReportRefused, freeze
from starter.scans import scanned, serial_within
from starter.starting import start_of
from starter.suggesting import did_you_mean, resembling_units
from starter.troubles import in_words
from starter.waits import ANSWER_WITHIN

LOOKED_UP_WITHIN = timedelta(seconds=5)

OURS = "fieldcare-"
"""What the ids of our own workflows begin with; a key is the id of its ticket's workflow."""

_ID = re.compile(r"[0-9a-fA-F]{32}")


def no_unit(unit: str, trouble: str | None = None, near: str = "") -> ReportRefused:
    """There is no such unit, as far as whoever asks may know."""
    check = trouble or "Check the serial number, UDI or QR label."
    return ReportRefused(f"There is no unit {unit!r} in the equipment registry. {check}{near}")


class Intake:
    """Opens tickets.

    Args:
        client: Temporal.
        database: read only, for `prepare_intake()`.
        answer_within: how long to wait for the confirmation that the ticket is stored.
    """

    def __init__(
        self,
        client: Client,
        database: Database,
        answer_within: timedelta = ANSWER_WITHIN,
        task_queue: str = TICKETS_QUEUE,
    ) -> None:
        self._client = client
        self._database = database
        self._answer_within = answer_within
        self._task_queue = task_queue

    async def open(self, report: FaultReport) -> Acknowledgement:
        """Open a ticket and return once it is durable, or return the ticket that the report's key stands for.

        Raises:
            ReportRefused: bad key, unknown unit, no template or service configuration in force, unknown workflow type.
            NotConfirmed: no confirmation in time.
            TemporalUnavailable, DatabaseUnavailable: as they say.
        """
        # Everything that can refuse the report has its say before a number is taken for it.
        unnumbered = await self.weigh(report)
        if isinstance(unnumbered, Acknowledgement):
            return unnumbered
        (taken,) = await self._database.rows(SqlFunction.TAKE_TICKET_NUMBER)
        ticket = unnumbered.model_copy(update={"ticket_id": UUID(str(taken["ticket_id"])), "number": taken["number"]})
        opened = await self._start(ticket)
        if opened.ticket_id != ticket.ticket_id:
            await self._is_theirs(report, opened)
        return Acknowledgement(
            ticket=opened,
            created=opened.ticket_id == ticket.ticket_id,
            differs=_differences(report, ticket.unit.serial, opened),
        )

    async def _is_theirs(self, report: FaultReport, opened: OpenedTicket) -> None:
        """Return where whoever reports may know of the ticket that their key stood for by the time it was started.

        Raises:
            ReportRefused: it is somebody else's.
        """
        try:
            await guard(self._database, Action.READ, str(opened.ticket_id))
        except UnknownTicket:
            raise ReportRefused(f"The key {report.key} is taken. Use another.") from None

    async def weigh(self, report: FaultReport) -> Acknowledgement | TicketInput:
        """What `open()` would do: the ticket that the report's key stands for, or what it would start. Opens nothing.

        Raises:
            ReportRefused, DatabaseUnavailable: as `open()`.
        """
        _check_key(report.key)
        prepared = await self._prepared(report)
        if prepared["existing"] is None:
            return freeze(report, prepared)
        serial = prepared["unit"]["serial"] if prepared["unit"] is not None else report.unit
        earlier = _earlier(prepared["existing"])
        return Acknowledgement(ticket=earlier, created=False, differs=_differences(report, serial, earlier))

    async def look_up(self, report: FaultReport) -> tuple[UUID | None, str | None]:
        """The unit that a report is about, and the number of the ticket that its key stands for, as far as there are.

        Raises:
            ReportRefused: there is no such unit, or its key can't be one.
        """
        _check_key(report.key)
        prepared = await self._prepared(report)
        unit, existing = prepared["unit"], prepared["existing"]
        return UUID(unit["equipment_id"]) if unit else None, existing["number"] if existing else None

    async def _prepared(self, report: FaultReport) -> dict[str, Any]:
        """What the database says of the report: by the name of its unit as it stands, or else as what was scanned.

        Raises:
            ReportRefused: there is no such unit; the sentence says which ones look like it.
        """
        prepared = await self._prepare(report.unit, report.key)
        if prepared["existing"] is not None or prepared["unit"] is not None or prepared["ambiguous"] is not None:
            return prepared
        name, trouble = scanned(report.unit)
        if name is not None and name != report.unit:
            prepared = await self._prepare(name, report.key)
            if prepared["unit"] is not None or prepared["ambiguous"] is not None:
                return prepared
        near: Sequence[str] = ()
        if self._database.principal is None:  # others' units are nobody's business
            near = await resembling_units(self._database, serial_within(name) or report.unit)
        raise no_unit(report.unit, trouble, did_you_mean(near))

    async def _prepare(self, unit: str, key: str | None) -> dict[str, Any]:
        said = await self._database.call(SqlFunction.PREPARE_INTAKE, unit, key, None, False)
        prepared: dict[str, Any] = json.loads(said)
        return prepared

    async def _start(self, ticket: TicketInput) -> OpenedTicket:
        """Start the ticket, and again while Temporal is away: under its id it is started once."""
        name = workflow_id(ticket.number, ticket.key)

        async def start() -> OpenedTicket:
            opened: OpenedTicket = await self._client.execute_update_with_start_workflow(
                OPENED_UPDATE,
                OpenTicket(command_id=OPENED_UPDATE),
                id=OPENED_UPDATE,
                start_workflow_operation=start_of(ticket, self._task_queue, WorkflowIDReusePolicy.REJECT_DUPLICATE),
                result_type=OpenedTicket,
            )
            return opened

        try:
            return await answered(start, self._answer_within)
        except WorkflowAlreadyStartedError:
            return await self._from_ended(name)
        except (NoAnswer, NotThere) as silence:
            told = await self._what_became_of(name, ticket)
            raise NotConfirmed.of(told) from silence
        except TemporalRefuses:
            raise
        except TemporalUnavailable as away:
            raise TemporalUnavailable.of(away.told, _again(ticket)) from away

    async def _what_became_of(self, name: str, ticket: TicketInput) -> Told:
        """What is known of a ticket whose storing nobody has confirmed.

        Raises:
            TemporalUnavailable: Temporal can't be asked either, so nobody knows.
        """
        within = f"{self._answer_within.total_seconds():.3g} s"
        try:
            started = await self._started_with(name)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                again_by_key = "Send the report again with the same key."
                return Told(f"Temporal has not taken ticket {name} within {within}. {again_by_key}")
            told = in_words(error)
            raise TemporalUnavailable.of(told, _again(ticket)) from error
        if started != ticket.ticket_id:
            return Told(
                f"Under the key {name} another report is on its way; whether it is stored was not confirmed within "
                f"{within}, and this one is not taken yet.",
                (_again(ticket),),
            )
        return Told(
            f"Temporal has ticket {name}, but its storing was not confirmed within {within}: no worker answers, or the "
            "database is away. It is not lost.",
            (_again(ticket),),
        )

    async def _started_with(self, name: str) -> UUID | None:
        """The id of the ticket that a workflow was started for.

        Raises:
            RPCError: Temporal can't say, or has none of that name.
        """
        async for event in self._client.get_workflow_handle(name).fetch_history_events(
            page_size=1, rpc_timeout=LOOKED_UP_WITHIN
        ):
            told = event.workflow_execution_started_event_attributes.input.payloads
            (found,) = await self._client.data_converter.decode(told, [TicketInput])
            return UUID(str(found.ticket_id))
        return None

    async def _from_ended(self, ended: str) -> OpenedTicket:
        """The key belongs to a ticket that has ended: its acknowledgement is still there to be asked for."""
        update = self._client.get_workflow_handle(ended).get_update_handle(OPENED_UPDATE, result_type=OpenedTicket)

        async def ask() -> OpenedTicket:
            opened: OpenedTicket = await update.result()
            return opened

        try:
            return await answered(ask, self._answer_within)
        except (NoAnswer, NotThere) as silence:
            raise ReportRefused(
                f"The key {ended} belongs to a ticket that has ended. For another fault, use another key.",
                Remedy(RemedyKind.LOOK_AT_TICKET, ended),
            ) from silence


def _again(ticket: TicketInput) -> Remedy:
    if ticket.key is not None:
        return Remedy(RemedyKind.REPORT_AGAIN)
    return Remedy(RemedyKind.LOOK_FIRST, ticket.number)


def _check_key(key: str | None) -> None:
    if key is None:
        return
    if not KEY_PATTERN.fullmatch(key):
        raise ReportRefused(
            f"The key {key!r} can't be used. A key has 1 to 100 letters, digits and . _ : @ + -, and begins with a "
            "letter or digit."
        )
    if NUMBER_PATTERN.fullmatch(key.upper()):
        raise ReportRefused(f"The key {key!r} looks like a ticket number. Choose another key.")
    if _ID.fullmatch(key.replace("-", "")):
        raise ReportRefused(f"The key {key!r} looks like the id of a ticket. Choose another key.")
    if key.casefold().startswith(OURS):
        raise ReportRefused(f"Keys that begin with {OURS} are the program's own. Choose another key.")


def _earlier(existing: dict[str, Any]) -> OpenedTicket:
    """The acknowledgement of the ticket that the key stands for, from its record."""
    fields = {name: value for name, value in existing.items() if name != "description"}
    return OpenedTicket.model_validate({**fields, "description_digest": _digest(existing["description"])})


def _differences(report: FaultReport, serial: str, opened: OpenedTicket) -> tuple[str, ...]:
    """In which fields a repeated report differs from the ticket that it is."""
    same = {
        "unit": opened.serial == serial,
        "priority": opened.priority is report.priority,
        "description": opened.description_digest == _digest(report.description),
    }
    return tuple(name for name, is_same in same.items() if not is_same)


def _digest(description: str) -> str:
    return sha256(description.encode()).hexdigest()
