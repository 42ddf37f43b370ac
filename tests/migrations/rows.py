"""Good rows of every table, as plain values: two of each, so that they can get in each other's way.

`EARLY` fits the schema of revision 0005; `late_rows.py` has those of the tables that came then. Values are written as
PostgreSQL reads them; `ref(table, number)` is the id of another of these rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

_NAMESPACE = UUID("00000000-0000-7000-8000-000000000000")
EARLY_AT = "2026-03-02T08:00:00Z"
LATER_AT = "2026-03-02T09:00:00Z"

Values = Mapping[str, Any]
Rows = dict[str, tuple[Values, Values]]


def ref(table: str, number: int) -> str:
    """The id of a row."""
    return str(uuid5(_NAMESPACE, f"{table}/{number}"))


def literal(value: Any) -> str:
    """A value as an SQL literal without a type: its column gives it one."""
    if value is None:
        return "NULL"
    if isinstance(value, dict | list):
        value = json.dumps(value)
    return "'{}'".format(str(value).replace("'", "''"))


def inserts(rows: Rows, tables: Iterable[str] | None = None) -> str:
    """The statements that insert the rows, in the order of `rows`, of those tables alone where some are named."""
    return "\n".join(
        f"INSERT INTO {table} ({', '.join(('id', *values))}) "  # noqa: S608 - the rows of this module
        f"VALUES ({', '.join(literal(value) for value in (ref(table, number), *values.values()))});"
        for table, pair in rows.items()
        for number, values in enumerate(pair, start=1)
        if tables is None or table in tables
    )


def pair(base: Values, one: Values, two: Values) -> tuple[Values, Values]:
    """Two rows that have the values of `base` in common."""
    return {**base, **one}, {**base, **two}


def _stages() -> list[Any]:
    return [
        {"key": "diagnosis", "name": "Diagnosis", "position": 1},
        {"key": "repair", "name": "Repair", "position": 2},
    ]


EARLY: Rows = {
    "manufacturers": ({"code": "T-ACME", "name": "T Acme"}, {"code": "T-OTHER", "name": "T Other"}),
    "customers": ({"code": "T-NORTH", "name": "North"}, {"code": "T-SOUTH", "name": "South"}),
    "customer_sites": (
        {"customer_id": ref("customers", 1), "code": "MAIN", "name": "Main", "time_zone": "Asia/Kolkata"},
        {"customer_id": ref("customers", 2), "code": "MAIN", "name": "Main", "time_zone": "Europe/Berlin"},
    ),
    "equipment_catalog": (
        {"code": "t_pump", "name": "T Pump", "category": "life_support", "maintenance_interval": "180 days"},
        {"code": "t_scanner", "name": "T Scanner", "category": "imaging"},
    ),
    "equipment_registry": pair(
        {"model": "One", "installed_context": "icu", "installed_on": "2025-01-01"},
        {
            "serial": "T-1",
            "equipment_type_id": ref("equipment_catalog", 1),
            "manufacturer_id": ref("manufacturers", 1),
            "customer_id": ref("customers", 1),
            "site_id": ref("customer_sites", 1),
        },
        {
            "serial": "T-2",
            "equipment_type_id": ref("equipment_catalog", 2),
            "manufacturer_id": ref("manufacturers", 2),
            "customer_id": ref("customers", 2),
            "site_id": ref("customer_sites", 2),
        },
    ),
    "engineers": (
        {"code": "T-ENG-1", "name": "Asha", "support_level": "L1", "home_latitude": 12.5, "home_longitude": 77.5},
        {"code": "T-ENG-2", "name": "Bela", "support_level": "L3"},
    ),
    "manufacturer_service_config": pair(
        {"service_provider": "geneqr", "parts_provider": "geneqr", "response_target": "4 hours"},
        {
            "code": "t_pump",
            "equipment_type_id": ref("equipment_catalog", 1),
            "parts_lead_time": "2 days",
            "oem_parts_only": True,
        },
        {
            "code": "t_scanner",
            "equipment_type_id": ref("equipment_catalog", 2),
            "parts_lead_time": "5 days",
            "oem_parts_only": False,
        },
    ),
    "workflow_templates": pair(
        {"version": 1, "workflow_type": "ServiceTicketWorkflow", "resolution_target": "60 hours"},
        {"code": "t_pump", "name": "Pumps", "equipment_type_id": ref("equipment_catalog", 1)},
        {"code": "t_scanner", "name": "Scanners", "equipment_type_id": ref("equipment_catalog", 2)},
    ),
    "stage_configuration_templates": pair(
        {"template_id": ref("workflow_templates", 1), "target_duration": "4 hours"},
        {"key": "diagnosis", "name": "Diagnosis", "stage_type": "diagnosis", "position": 1},
        {"key": "repair", "name": "Repair", "stage_type": "repair", "position": 2, "prerequisites": "{diagnosis}"},
    ),
    "service_tickets": pair(
        {"priority": "P1", "reporter_code": "nurse-7", "reporter_role": "hospital", "opened_at": EARLY_AT},
        {
            "number": "FC-2026-900001",
            "workflow_id": "t-1",
            "idempotency_key": "t-1",
            "equipment_id": ref("equipment_registry", 1),
            "customer_id": ref("customers", 1),
            "site_id": ref("customer_sites", 1),
            "service_configuration_id": ref("manufacturer_service_config", 1),
            "description": "No flow",
            "last_sequence": 2,
        },
        {
            "number": "FC-2026-900002",
            "workflow_id": "t-2",
            "equipment_id": ref("equipment_registry", 2),
            "customer_id": ref("customers", 2),
            "site_id": ref("customer_sites", 2),
            "service_configuration_id": ref("manufacturer_service_config", 2),
            "description": "No picture",
            "status": "closed",
            "closed_at": LATER_AT,
        },
    ),
    "ticket_workflow_instances": pair(
        {"workflow_type": "ServiceTicketWorkflow", "run_id": "run", "started_at": EARLY_AT},
        {
            "ticket_id": ref("service_tickets", 1),
            "template_id": ref("workflow_templates", 1),
            "workflow_id": "t-1",
            "template_snapshot": {"code": "t_pump", "name": "Pumps", "version": 1, "stages": _stages()},
            "current_stages": "{diagnosis}",
        },
        {
            "ticket_id": ref("service_tickets", 2),
            "template_id": ref("workflow_templates", 2),
            "workflow_id": "t-2",
            "template_snapshot": {"code": "t_scanner", "name": "Scanners", "version": 1, "stages": _stages()},
            "status": "completed",
            "ended_at": LATER_AT,
            "completion_percentage": 100,
        },
    ),
    "workflow_stage_transitions": pair(
        {"stage_key": "diagnosis", "name": "Diagnosis", "stage_type": "diagnosis", "position": 1},
        {
            "instance_id": ref("ticket_workflow_instances", 1),
            "status": "in_progress",
            "support_level": "L1",
            "target_duration": "4 hours",
            "entered_at": EARLY_AT,
        },
        {
            "instance_id": ref("ticket_workflow_instances", 2),
            "status": "completed",
            "support_level": "L1",
            "target_duration": "4 hours",
            "entered_at": EARLY_AT,
            "finished_at": LATER_AT,
            "finished_by_code": "T-ENG-2",
            "finished_by_role": "engineer",
            "outcome": "done",
        },
    ),
    "stage_assignments": pair(
        {"assigned_at": EARLY_AT, "assigned_by_code": "coordinator-1", "assigned_by_role": "coordinator"},
        {"transition_id": ref("workflow_stage_transitions", 1), "engineer_id": ref("engineers", 1)},
        {
            "transition_id": ref("workflow_stage_transitions", 2),
            "engineer_id": ref("engineers", 2),
            "status": "released",
            "ended_at": LATER_AT,
        },
    ),
    "stage_execution_data": (
        {"transition_id": ref("workflow_stage_transitions", 1), "actions": {"safety_assessed": True}},
        {
            "transition_id": ref("workflow_stage_transitions", 2),
            "diagnosis_summary": "Worn tube",
            "customer_signature": "Dr Rao",
            "customer_rating": 9,
        },
    ),
    "sla_clocks": pair(
        {"kind": "resolution", "name": "resolution", "target": "60 hours", "started_at": EARLY_AT},
        {
            "ticket_id": ref("service_tickets", 1),
            "state": "running",
            "due_at": "2026-03-04T20:00:00Z",
            "elapsed": "0",
        },
        {
            "ticket_id": ref("service_tickets", 2),
            "state": "met",
            "elapsed": "1 hour",
            "ended_at": LATER_AT,
            "thresholds_fired": "{50}",
        },
    ),
    "sla_events": pair(
        {"kind": "started", "occurred_at": EARLY_AT, "elapsed": "0", "state": "running"},
        {"clock_id": ref("sla_clocks", 1), "ticket_id": ref("service_tickets", 1), "sequence": 1},
        {"clock_id": ref("sla_clocks", 2), "ticket_id": ref("service_tickets", 2), "sequence": 1},
    ),
    "audit_events": pair(
        {"occurred_at": EARLY_AT, "actor_code": "nurse-7", "actor_role": "hospital", "action": "ticket_opened"},
        {"ticket_id": ref("service_tickets", 1), "sequence": 0, "new_value": {"priority": "P1"}},
        {"ticket_id": ref("service_tickets", 1), "sequence": 1, "reason": "Heard twice"},
    ),
    "notifications": pair(
        {"recipient_role": "coordinator", "subject": "Breach", "body": "The clock ran out.", "raised_at": LATER_AT},
        {"ticket_id": ref("service_tickets", 1), "sequence": 2},
        {"ticket_id": ref("service_tickets", 2), "sequence": 2},
    ),
}
"""Rows of every table of revision 0005. The first ticket is open at its first stage, the second one is closed."""
