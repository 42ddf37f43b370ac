"""What is frozen into a ticket at its start: unit, template, service configuration and calendar, as they are then."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from models.contracts.intake import FaultReport
from models.contracts.templates import targets_of
from models.contracts.tickets import TicketInput
from models.freezing import frozen_calendar
from models.sla.calendar import Calendar
from models.vocabulary import ClockKind
from models.zones import known_zone
from starter.failures import FailureCode, Refused, Remedy, RemedyKind
from workflows.engine.terms import too_far
from workflows.registry import WORKFLOWS

CLOCKS = frozenset(kind.value for kind in ClockKind if kind is not ClockKind.STAGE)
"""Names of clocks that a ticket has as a whole; a stage's clock has the name of its stage."""

UNNUMBERED = UUID(int=0)
"""The id of a ticket that has none yet."""


class ReportRefused(Refused):
    """The report can't become a ticket; the sentence says why and what to do. Nothing was started."""

    code = FailureCode.REPORT_REFUSED


def freeze(report: FaultReport, prepared: dict[str, Any]) -> TicketInput:
    """The start input, from what the database said; without number and id where it took none yet.

    Raises:
        ReportRefused: something is missing or does not fit.
    """
    unit, template, service = prepared["unit"], prepared["template"], prepared["service"]
    if prepared["ambiguous"] is not None:
        raise ReportRefused(
            f"{report.unit!r} fits several units: {', '.join(prepared['ambiguous'])}. Give its serial number."
        )
    if unit is None:
        raise ReportRefused(f"There is no unit {report.unit!r} in the equipment registry.")
    if unit["status"] != "active":
        raise ReportRefused(f"Unit {unit['serial']} is {unit['status']}, not in service. Check the serial number.")
    if template is None:
        raise ReportRefused(
            f"No workflow template is in force for {unit['equipment_type']} {unit['serial']}, not even a default one.",
            Remedy(RemedyKind.SEED, "template"),
        )
    if service is None:
        raise ReportRefused(
            f"No service configuration is in force for {unit['equipment_type']} {unit['serial']}, not even a default "
            "one.",
            Remedy(RemedyKind.SEED, "configuration"),
        )
    if template["workflow_type"] not in WORKFLOWS:
        raise ReportRefused(
            f"Template {template['code']} names the workflow type {template['workflow_type']!r}, which this version "
            f"does not have. It has: {', '.join(WORKFLOWS)}. Correct workflow_templates.workflow_type."
        )
    calendar = _calendar(prepared)
    try:
        ticket = TicketInput.model_validate(
            {
                "ticket_id": prepared["ticket_id"] or UNNUMBERED,
                "number": prepared["number"] or "unnumbered",
                "key": report.key,
                "unit": unit,
                "template": template,
                "service": service,
                "calendar": calendar,
                "description": report.description,
                "priority": report.priority,
                "reporter": report.reporter,
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ReportRefused(
            f"Template {template['code']} or the registry's record of {unit['serial']} is not usable: "
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}. Correct the record."
        ) from error
    taken = [stage.key for stage in ticket.template.stages if stage.key in CLOCKS]
    if taken:
        raise ReportRefused(
            f"Template {ticket.template.code} is not usable: a stage can't have the key {taken[0]!r}, which is the "
            "name of a clock of the whole ticket. Give it another one."
        )
    targets = targets_of(ticket.template, ticket.service, ticket.priority)
    if (sentence := too_far(ticket.template, targets, ticket.calendar, datetime.now(UTC))) is not None:
        raise ReportRefused(f"Template {ticket.template.code} is not usable for {unit['serial']}: {sentence}")
    return ticket


def _calendar(prepared: dict[str, Any]) -> Calendar:
    """Raises `ReportRefused`: no clock can run by it."""
    unit = prepared["unit"]
    try:
        known_zone(unit["time_zone"])
    except ValueError as error:
        raise ReportRefused(
            f"The site {unit['site_name']} of {unit['customer_name']} has a time zone that clocks can't run in: "
            f"{error}. Correct customer_sites.time_zone; until then no ticket can be opened for {unit['serial']}."
        ) from error
    try:
        return frozen_calendar(prepared["calendar"], datetime.now(UTC))
    except ValueError as error:
        said = error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ReportRefused(
            f"The calendar {prepared['calendar']['code']} is not usable for {unit['serial']}: "
            f"{said.removeprefix('Value error, ')}. Correct it."
        ) from error
