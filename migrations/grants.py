"""Who may do what in the database: decided here for every table, applied at the end of every migration.

Three roles work with a database. Its owner migrates it and may do everything. `fieldcare_app` is what workers and the
ticket commands use: it reads all, writes the record, and changes no configuration, no schema and nothing that was
said to the audit trail. `fieldcare_reporting` reads, except what people or models wrote about a case in their own
words. Everybody else (PUBLIC) may do nothing.

`migrations.privileges` compares that with the catalog. docs/adr/0013 says why it is so.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class DatabaseRole(StrEnum):
    """The roles beside the owner; the value is the role's name in the cluster."""

    APPLICATION = "fieldcare_app"
    REPORTING = "fieldcare_reporting"


PUBLIC = "public"
"""Every role of the cluster, as `GRANT … TO public` means it."""


@dataclass(frozen=True, slots=True)
class TableRule:
    """What the roles may do with a table.

    Attributes:
        application: rights on the whole table.
        updates: columns that the application may change, where it may not change them all.
        reported: whether reporting may read it.
        hidden: columns that reporting may not read.
    """

    application: frozenset[str]
    updates: frozenset[str] = frozenset()
    reported: bool = True
    hidden: frozenset[str] = frozenset()


def _reads(*hidden: str, reported: bool = True) -> TableRule:
    """Configuration: operators change it, through the owner."""
    return TableRule(frozenset({"SELECT"}), reported=reported, hidden=frozenset(hidden))


def _records(*hidden: str) -> TableRule:
    """Part of the record: added and brought up to date, never removed."""
    return TableRule(frozenset({"SELECT", "INSERT", "UPDATE"}), hidden=frozenset(hidden))


def _appends(*hidden: str) -> TableRule:
    """What was said stays said."""
    return TableRule(frozenset({"SELECT", "INSERT"}), hidden=frozenset(hidden))


HEALTH = frozenset(
    {
        "health",
        "circuit",
        "circuit_opened_at",
        "circuit_retry_at",
        "consecutive_failures",
        "last_checked_at",
        "last_error",
    }
)
"""What a worker learns about an AI provider. `updated_at` needs no right: a trigger sets it."""

TABLES: Mapping[str, TableRule] = {
    # The schema's own books: workers ask whether the schema is theirs.
    "alembic_version": _reads(reported=False),
    "managed_sql_objects": _reads(reported=False),
    # Registry and configuration.
    "business_calendar_holidays": _reads(),
    "business_calendar_hours": _reads(),
    "business_calendars": _reads(),
    "customer_sites": _reads(),
    "customers": _reads(),
    "engineer_absences": _reads("reason", "notes"),
    "engineer_certifications": _reads(),
    "engineer_equipment_expertise": _reads(),
    "engineers": _reads("home_latitude", "home_longitude"),
    "equipment_catalog": _reads(),
    "equipment_compatibility": _reads(),
    "equipment_parts": _reads(),
    "equipment_parts_context": _reads(),
    "equipment_registry": _reads(),
    "hold_reasons": _reads(),
    "manufacturer_service_config": _reads(),
    "manufacturers": _reads(),
    "stage_configuration_templates": _reads(),
    "workflow_ai_configuration": _reads(),
    "workflow_template_targets": _reads(),
    "workflow_templates": _reads(),
    # The record of tickets.
    "notifications": _records("subject", "body"),
    "service_tickets": _records("description", "reporter_code", "end_reason", "verified_cause"),
    "sla_clocks": _records(),
    "sla_events": _appends("reason"),
    "stage_assignments": _records("notes", "travel_requirements"),
    "stage_attachments": _records("file_name", "storage_key", "description"),
    "stage_execution_data": _records(
        "actions", "forms", "diagnosis_summary", "work_performed", "customer_signature", "customer_feedback"
    ),
    "ticket_parts_required": _records("notes"),
    "ticket_search": _records("terms"),  # a trigger writes it, with the rights of whoever closes the ticket
    "ticket_workflow_instances": _records(),
    "workflow_stage_transitions": _records("notes"),  # its reason, why a stage was skipped, is shown by overviews
    # What reconciling has found: record_reconciliation() writes it.
    "reconciliation_findings": _reads(),
    "reconciliation_rounds": _reads(),
    # The audit trail.
    "audit_events": _appends("reason", "old_value", "new_value"),
    "audit_seals": _reads(),  # seal_audit_trail() adds to it
    # AI.
    "ai_attachment_analysis": _records("summary", "detected_issues", "anomalies", "extracted_text"),
    "ai_calls": _records(),
    "ai_conversations": _appends("content", "function_arguments", "error"),
    "ai_diagnosis_results": _records(
        "summary", "root_cause", "hypotheses", "remote_fix_steps", "recommended_actions", "evidence", "verified_cause"
    ),
    "ai_engineer_recommendations": _records("reasoning", "strengths", "concerns"),
    "ai_feedback": _records("correction", "comments"),
    "ai_local_models": _reads("parameters"),
    "ai_models": _reads(),
    "ai_parts_recommendations": _records("reasoning"),
    "ai_providers": TableRule(frozenset({"SELECT"}), updates=HEALTH, hidden=frozenset({"last_error"})),
}

SEQUENCES: Mapping[str, frozenset[str]] = {"ticket_numbers": frozenset({"USAGE"})}
"""What the application may do with a sequence. An identity column's own needs no right."""

OWNER_ONLY = frozenset(
    {"import_equipment", "import_registry_parties", "put_back_local_model", "put_local_model"},
)
"""Functions that change configuration: `fieldcare db …` and `fieldcare ai train` call them as the owner."""

REVISED = frozenset({"audit_payload"})
"""Functions that are no trigger's and that a revision makes, not a file."""

RUN_AS_OWNER = frozenset(
    {
        "audit_change",
        "chain_audit_event",
        "find_record_differences",
        "record_reconciliation",
        "seal_audit_trail",
    }
)
"""Functions that work with their owner's rights: what they do for somebody, he could not do by himself."""

NOT_FOR_REPORTING = frozenset(
    {
        "check_engineer_availability",
        "engineers_availability",
        "find_audit_breaks",
        "find_similar_tickets",
        "diagnosis_case",
        "get_ai_diagnosis",
        "get_ai_engineer_recommendations",
        "get_ai_parts_recommendations",
        "get_conversation_history",
        "get_qualified_engineers",
        "get_stage_attachments",
        "get_stage_engineers",
        "get_stage_execution_summary",
        "get_stage_parts",
        "get_ticket",
        "list_ai_providers",
        "list_tickets",
        "local_model_in_force",
        "name_audit_subject",
        "read_audit_chains",
        "read_audit_entries",
        "read_audit_log",
        "ticket_rows",
        "verified_tickets",
    }
)
"""Reading functions that show hidden columns. They run with the caller's rights, so they would fail anyway."""


class Privilege(NamedTuple):
    """One right of one role on one thing; `column` is empty where the right is on the whole of it."""

    kind: str
    target: str
    column: str
    grantee: str
    right: str
    grantable: bool = False


def is_decided(thing: Mapping[str, Any], managed: Container[str]) -> bool:
    """Whether this module says something about a thing. What it does not know is somebody else's, or a forgotten line.

    Args:
        managed: names of the functions and views of `migrations/sql`.
    """
    name, kind = thing["name"], thing["kind"]
    if kind == "table":
        return name in TABLES if thing["relkind"] in {"r", "p"} else name in managed
    if kind == "sequence":
        return thing["identity"] or name in SEQUENCES
    return kind != "function" or thing["is_trigger"] or name in managed or name in REVISED


def decided(thing: Mapping[str, Any]) -> Iterable[Privilege]:
    """Everything that the roles are meant to have on one thing."""
    kind, target, name = thing["kind"], thing["target"], thing["name"]
    rights: Iterable[tuple[DatabaseRole, str, str]]
    if kind == "table":
        rights = _on_relation(name, thing["relkind"], thing["columns"])
    elif kind == "sequence":
        rights = [(DatabaseRole.APPLICATION, "", right) for right in SEQUENCES.get(name, ())]
    elif kind == "function":
        rights = _on_function(name, is_trigger=thing["is_trigger"], reads_only=thing["reads_only"])
    else:
        rights = [(role, "", "CONNECT" if kind == "database" else "USAGE") for role in DatabaseRole]
    for role, column, right in rights:
        yield Privilege(kind, target, column, role.value, right)


def _on_function(name: str, *, is_trigger: bool, reads_only: bool) -> Iterable[tuple[DatabaseRole, str, str]]:
    """The file of a function declares what it does: one that is not VOLATILE reads only."""
    if not is_trigger and name not in OWNER_ONLY:  # a trigger runs its function itself, whoever writes
        yield DatabaseRole.APPLICATION, "", "EXECUTE"
        if reads_only and name not in NOT_FOR_REPORTING:
            yield DatabaseRole.REPORTING, "", "EXECUTE"


def _on_relation(name: str, relkind: str, columns: Iterable[str]) -> Iterable[tuple[DatabaseRole, str, str]]:
    if relkind in {"v", "m"}:
        yield from ((role, "", "SELECT") for role in DatabaseRole)
        if relkind == "m":
            yield DatabaseRole.APPLICATION, "", "MAINTAIN"  # REFRESH
    elif (rule := TABLES.get(name)) is not None:
        yield from ((DatabaseRole.APPLICATION, "", right) for right in rule.application)
        # A column of a later revision is granted when it is there.
        yield from ((DatabaseRole.APPLICATION, column, "UPDATE") for column in columns if column in rule.updates)
        if rule.reported and rule.hidden:
            yield from ((DatabaseRole.REPORTING, one, "SELECT") for one in columns if one not in rule.hidden)
        elif rule.reported:
            yield DatabaseRole.REPORTING, "", "SELECT"
