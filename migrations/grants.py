"""Who may do what in the database: decided here for every table, applied at the end of every migration.

Three roles work with a database. Its owner migrates it and may do everything. `fieldcare_app` is what workers and the
ticket commands use: it reads all and writes nothing by itself. What it has to write goes through functions that check
it and work with their owner's rights (`DOORS`). `fieldcare_reporting` reads, except what people or models wrote about a
case in their own words. Everybody else (PUBLIC) may do nothing.

`migrations.privileges` compares that with the catalog. docs/adr/0013 and docs/adr/0022 say why it is so.
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
    """What the roles may read of a table. The application reads all of it; whoever writes is the owner or a door.

    Attributes:
        secret: whether no role at all may read it: what proves who somebody is. Doors compare with it.
        reported: whether reporting may read it.
        hidden: columns that reporting may not read.
    """

    reported: bool = True
    hidden: frozenset[str] = frozenset()
    secret: bool = False


def _reads(*hidden: str, reported: bool = True) -> TableRule:
    return TableRule(reported=reported, hidden=frozenset(hidden))


SECRET = TableRule(reported=False, secret=True)

TABLES: Mapping[str, TableRule] = {
    # The schema's own books: workers ask whether the schema is theirs.
    "alembic_version": _reads(reported=False),
    "managed_sql_objects": _reads(reported=False),
    # Who may come in, and by what they prove who they are.
    "account_devices": SECRET,
    "account_identities": _reads("email", "subject"),
    "account_keys": SECRET,
    "account_links": _reads(reported=False),
    "account_passkeys": _reads(reported=False),
    "account_passwords": SECRET,
    "account_roles": _reads(),
    "account_tokens": _reads(reported=False),
    "accounts": _reads("email"),
    "identity_states": SECRET,
    "passkey_challenges": SECRET,
    "password_guesses": SECRET,
    "sign_in_tries": SECRET,
    # Who has signed tickets off, and by what; who has approved what another one asks for.
    "approvals": _reads("remark"),
    "signature_proofs": _reads("printed_name"),
    "signing_links": _reads("printed_name", "capacity"),
    # Registry and configuration.
    "business_calendar_exceptions": _reads(),
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
    "stock_balances": _reads(),
    "stock_events": _reads(reported=False),
    "stock_levels": _reads(),
    "stock_locations": _reads(),
    "stock_lots": _reads("block_reason"),
    "stock_movements": _reads("reason"),
    "stock_reservations": _reads("end_reason"),
    "workflow_ai_configuration": _reads(),
    "workflow_template_targets": _reads(),
    "workflow_templates": _reads(),
    # Who else is told of events.
    "webhook_attempts": _reads("error", "answer"),
    "webhook_deliveries": _reads(),
    "webhook_endpoints": _reads("url"),  # a secret may stand in it
    "webhook_secrets": SECRET,
    # The record of tickets.
    "notifications": _reads("subject", "body"),
    "service_tickets": _reads("description", "reporter_code", "end_reason", "verified_cause"),
    "sla_clocks": _reads(),
    "sla_events": _reads("reason"),
    "offer_answers": _reads("remark"),
    "stage_assignments": _reads("notes", "travel_requirements"),
    "stage_attachments": _reads("file_name", "storage_key", "description"),
    "stage_execution_data": _reads(
        "actions",
        "forms",
        "diagnosis_summary",
        "work_performed",
        "customer_signature",
        "customer_feedback",
        "signature",
    ),
    "ticket_parts_required": _reads("notes"),
    "dispatch_drafts": _reads(reported=False),
    "dispatch_plan_visits": _reads("reason", "outcome_reason"),
    "dispatch_plans": _reads("notes"),
    "free_tickets": _reads(),
    "ticket_search": _reads("terms"),
    "ticket_words": _reads("words"),
    "ticket_workflow_instances": _reads(),
    "workflow_stage_transitions": _reads("notes"),  # its reason, why a stage was skipped, is shown by overviews
    # What reconciling has found: record_reconciliation() writes it.
    "reconciliation_findings": _reads(),
    "reconciliation_rounds": _reads(),
    # The audit trail.
    "audit_events": _reads("reason", "old_value", "new_value"),
    "audit_seals": _reads(),
    # AI.
    "ai_attachment_analysis": _reads("summary", "detected_issues", "anomalies", "extracted_text"),
    "ai_calls": _reads(),
    "ai_conversations": _reads("content", "function_arguments", "error"),
    "ai_diagnosis_results": _reads(
        "summary", "root_cause", "hypotheses", "remote_fix_steps", "recommended_actions", "evidence", "verified_cause"
    ),
    "ai_engineer_recommendations": _reads("reasoning", "strengths", "concerns"),
    "ai_feedback": _reads("correction", "comments"),
    "ai_local_models": _reads("parameters"),
    "ai_models": _reads(),
    "ai_parts_recommendations": _reads("reasoning"),
    "ai_providers": _reads("last_error"),
}

SEQUENCES = frozenset({"ticket_numbers"})
"""Sequences that are no identity column's. The owner alone takes numbers; `take_ticket_number()` does it for intake."""

REVISED = frozenset({"audit_payload", "search_words", "spelling_key", "spelling_look"})
"""Functions that are no trigger's and that a revision makes, not a file."""

DOORS = frozenset(
    {
        "add_passkey",
        "administer_account",
        "administer_registry",
        "administer_stock",
        "administer_webhook",
        "announce_password",
        "apply_ticket_facts",
        "begin_ai_call",
        "begin_dispatch_draft",
        "begin_identity_sign_in",
        "begin_passkey",
        "begin_passkey_sign_in",
        "begin_sign_in",
        "begin_webhook",
        "change_account_password",
        "end_dispatch_draft",
        "end_logins",
        "find_record_differences",
        "forget_webhooks",
        "give_approval",
        "issue_signing_link",
        "keep_dispatch_steps",
        "open_signing_link",
        "prepare_intake",
        "queue_webhooks",
        "record_ai_call",
        "record_ai_check",
        "record_dispatch_outcome",
        "record_dispatch_plan",
        "record_late_refusal",
        "record_reconciliation",
        "record_ticket_opening",
        "record_webhook_attempt",
        "remove_passkey",
        "revoke_presented_token",
        "revoke_signing_link",
        "seal_audit_trail",
        "sign_by_link",
        "sign_by_password",
        "sign_in",
        "sign_in_by_identity",
        "sign_in_by_passkey",
        "take_identity_state",
        "take_ticket_number",
        "tell_moves",
        "use_account_link",
        "use_approval",
        "verify_account_token",
    }
)
"""Functions through which the application writes: each checks what it is given and does it with its owner's rights.
Every other function that writes is its owner's alone, and so are the inner ones that the doors call."""

RUN_AS_OWNER = DOORS | {"audit_change", "chain_audit_event", "index_ticket_words", "note_free_ticket"}
"""Functions that work with their owner's rights: what they do for somebody, he could not do by himself."""

SHUT_FOR_ALL = frozenset(
    {
        "lo_close",
        "lo_creat",
        "lo_create",
        "lo_export",
        "lo_from_bytea",
        "lo_get",
        "lo_import",
        "lo_lseek",
        "lo_lseek64",
        "lo_open",
        "lo_put",
        "lo_tell",
        "lo_tell64",
        "lo_truncate",
        "lo_truncate64",
        "lo_unlink",
        "loread",
        "lowrite",
        "pg_logical_emit_message",
    }
)
"""Functions of PostgreSQL itself by which everybody may write: large objects, and messages into the write-ahead log.
Only a superuser can shut them. Those that PostgreSQL shuts itself stay shut as well. docs/adr/0022 says of the others
why they are open."""

NOT_FOR_REPORTING = frozenset(
    {
        "account_principal",
        "check_engineer_availability",
        "dispatch_problem",
        "engineer_shifts",
        "engineers_availability",
        "find_audit_breaks",
        "find_passkey",
        "find_similar_tickets",
        "get_ai_diagnosis",
        "get_ai_engineer_recommendations",
        "get_ai_parts_recommendations",
        "get_conversation_history",
        "get_dispatch_draft",
        "get_dispatch_plan",
        "get_qualified_engineers",
        "get_stage_attachments",
        "get_stage_engineers",
        "get_stage_execution_summary",
        "get_stage_parts",
        "get_ticket",
        "known_actor",
        "list_account_identities",
        "list_account_passkeys",
        "list_account_tokens",
        "list_accounts",
        "list_ai_providers",
        "list_approvals",
        "list_offers",
        "list_registry",
        "list_signatures",
        "list_signing_links",
        "list_tickets",
        "list_webhooks",
        "listed_tickets",
        "local_model_in_force",
        "name_audit_subject",
        "offer_candidates",
        "pick_tickets",
        "read_account_log",
        "read_audit_chains",
        "read_audit_entries",
        "read_audit_log",
        "read_registry",
        "read_registry_history",
        "read_stock",
        "read_ticket_entries",
        "read_ticket_facts",
        "read_webhook_log",
        "registry_document",
        "registry_values",
        "ticket_rows",
        "tickets_with_words",
        "verified_tickets",
        "webhook_body",
        "webhooks_to_tell",
    }
)
"""Reading functions that show hidden columns. They run with the caller's rights, so they would fail anyway."""

CASE = "_case"
"""The end of the name of a function that says what an AI task is asked about: it shows hidden columns as well."""


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
    if thing["of_postgresql"]:
        return True
    return kind != "function" or thing["is_trigger"] or name in managed or name in REVISED


def decided(thing: Mapping[str, Any]) -> Iterable[Privilege]:
    """Everything that the roles are meant to have on one thing."""
    kind, target, name = thing["kind"], thing["target"], thing["name"]
    rights: Iterable[tuple[DatabaseRole, str, str]]
    if kind == "table":
        rights = _on_relation(name, thing["relkind"], thing["columns"])
    elif kind == "sequence" or thing["of_postgresql"]:
        rights = ()
    elif kind == "function":
        rights = _on_function(name, is_trigger=thing["is_trigger"], reads_only=thing["reads_only"])
    else:
        rights = [(role, "", "CONNECT" if kind == "database" else "USAGE") for role in DatabaseRole]
    for role, column, right in rights:
        yield Privilege(kind, target, column, role.value, right)


def _on_function(name: str, *, is_trigger: bool, reads_only: bool) -> Iterable[tuple[DatabaseRole, str, str]]:
    """The file of a function declares what it does: one that is not VOLATILE reads only."""
    if is_trigger:  # it runs by itself, whoever writes
        return
    if reads_only or name in DOORS:
        yield DatabaseRole.APPLICATION, "", "EXECUTE"
    if reads_only and name not in NOT_FOR_REPORTING and not name.endswith(CASE):
        yield DatabaseRole.REPORTING, "", "EXECUTE"


def _on_relation(name: str, relkind: str, columns: Iterable[str]) -> Iterable[tuple[DatabaseRole, str, str]]:
    if relkind in {"v", "m"}:
        yield from ((role, "", "SELECT") for role in DatabaseRole)
        if relkind == "m":
            yield DatabaseRole.APPLICATION, "", "MAINTAIN"  # REFRESH
    elif (rule := TABLES.get(name)) is not None and not rule.secret:
        yield DatabaseRole.APPLICATION, "", "SELECT"
        if rule.reported and rule.hidden:
            yield from ((DatabaseRole.REPORTING, one, "SELECT") for one in columns if one not in rule.hidden)
        elif rule.reported:
            yield DatabaseRole.REPORTING, "", "SELECT"
