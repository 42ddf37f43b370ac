"""What each rule of the revisions from 0006 on refuses: a change of a good row (`rows.py`), and the rule's name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from tests.migrations.bad_values import FIRST, SECOND, VALUES
from tests.migrations.rows import EARLY_AT, LATER_AT, literal, ref

NOBODY = "00000000-0000-0000-0000-00000000dead"
"""An id that no row has."""

UNIQUE = {
    "accounts_code_key": "code",
    "account_roles_once": "account_id, role, customer_id, site_id, manufacturer_id, engineer_id",
    "account_passwords_account_id_key": "account_id",
    "offer_answers_transition_id_offer_place_key": "transition_id, offer, place",
    "offer_answers_transition_id_offer_engineer_id_key": "transition_id, offer, engineer_id",
    "account_passkeys_credential_id_key": "credential_id",
    "account_passkeys_name_key": "account_id, name",
    "account_identities_issuer_key": "account_id, issuer",
    "account_identities_subject_key": "issuer, subject",
    "identity_states_digest_key": "digest",
    "account_devices_digest_key": "account_id, digest",
    "passkey_challenges_digest_key": "digest",
    "account_keys_token_id_key": "token_id, link_id",
    "account_keys_digest_key": "digest",
    "signing_links_code_key": "code",
    "sign_in_tries_code_digest_key": "code_digest",
    "webhook_endpoints_name_key": "name",
    "webhook_deliveries_endpoint_id_ticket_id_sequence_key": "endpoint_id, ticket_id, sequence",
    "equipment_parts_part_number_key": "part_number",
    "equipment_parts_context_part_id_installed_context_key": "part_id, installed_context",
    "equipment_compatibility_part_id_alternative_part_id_key": "part_id, alternative_part_id",
    "hold_reasons_code_key": "code",
    "workflow_template_targets_template_id_priority_key": "template_id, priority",
    "business_calendars_code_version_key": "code, version",
    "business_calendar_hours_calendar_id_weekday_opens_key": "calendar_id, weekday, opens",
    "business_calendar_holidays_calendar_id_day_key": "calendar_id, day",
    "business_calendar_exceptions_calendar_id_day_opens_key": "calendar_id, day, opens",
    "engineer_equipment_expertise_scope_key": "engineer_id, equipment_type_id, manufacturer_id",
    "engineer_certifications_issuing_organization_certificate_nu_key": "issuing_organization, certificate_number",
    "ticket_parts_required_part_of_visit_key": "ticket_id, transition_id, part_id",
    "stock_locations_code_key": "code",
    "stock_lots_part_id_code_key": "part_id, code",
    "stock_levels_part_id_location_id_key": "part_id, location_id",
    "stock_balances_once": "part_id, location_id, lot_id",
    "stage_attachments_storage_key_key": "storage_key",
    "stage_attachments_same_file_key": "ticket_id, transition_id, sha256",
    "ai_providers_code_key": "code",
    "ai_providers_name_key": "name",
    "ai_providers_fallback_priority_key": "fallback_priority",
    "ai_models_provider_id_code_key": "provider_id, code",
    "ai_local_models_version_key": "version",
    "ai_calls_session_id_attempt_key": "session_id, attempt",
    "ai_conversations_session_id_message_index_key": "session_id, message_index",
    "ai_diagnosis_results_session_id_key": "session_id",
    "ai_engineer_recommendations_session_id_rank_key": "session_id, rank",
    "ai_engineer_recommendations_session_id_engineer_id_key": "session_id, engineer_id",
    "ai_parts_recommendations_session_id_rank_key": "session_id, rank",
    "ai_parts_recommendations_session_id_part_id_key": "session_id, part_id, alternative_to_part_id",
    "ai_attachment_analysis_session_id_attachment_id_key": "session_id, attachment_id",
    "ai_feedback_once_key": "diagnosis_id, kind, given_by_code",
    "workflow_ai_configuration_template_id_stage_key_task_key": "template_id, stage_key, task",
}
"""What two rows can't share: the second good row gets these columns from the first."""

REFERENCES = {
    "account_roles": "account_id",
    "account_passwords": "account_id",
    "account_tokens": "account_id",
    "account_links": "account_id",
    "account_passkeys": "account_id",
    "account_devices": "account_id",
    "account_identities": "account_id",
    "passkey_challenges": "account_id",
    "signing_links": "ticket_id",
    "approvals": "ticket_id account_id",
    "signature_proofs": "ticket_id",
    "dispatch_plan_visits": "plan_id transition_id present_engineer_id",
    "webhook_endpoints": "account_id",
    "webhook_secrets": "endpoint_id",
    "webhook_deliveries": "endpoint_id ticket_id",
    "webhook_attempts": "delivery_id",
    "engineers": "shift_calendar_id",
    "customers": "calendar_id",
    "manufacturer_service_config": "calendar_id",
    "workflow_templates": "calendar_id",
    "workflow_template_targets": "template_id",
    "equipment_parts": "equipment_type_id manufacturer_id",
    "equipment_parts_context": "part_id",
    "equipment_compatibility": "part_id alternative_part_id",
    "business_calendar_hours": "calendar_id",
    "business_calendar_holidays": "calendar_id",
    "business_calendar_exceptions": "calendar_id",
    "engineer_equipment_expertise": "engineer_id equipment_type_id manufacturer_id",
    "engineer_certifications": "equipment_type_id manufacturer_id",
    "engineer_absences": "engineer_id",
    "offer_answers": "transition_id engineer_id",
    "ticket_parts_required": "ticket_id transition_id part_id",
    "stock_levels": "part_id location_id",
    "stock_balances": "part_id location_id",
    "stock_reservations": "ticket_id ticket_part_id part_id location_id",
    "stage_attachments": "ticket_id transition_id",
    "ai_models": "provider_id",
    "ai_calls": "ticket_id provider_id",
    "ai_local_models": "replaces_id",
    "reconciliation_findings": "ticket_id",
    "ai_conversations": "ticket_id transition_id provider_id",
    "ai_diagnosis_results": "ticket_id transition_id provider_id",
    "ai_engineer_recommendations": "ticket_id transition_id provider_id engineer_id",
    "ai_parts_recommendations": "ticket_id transition_id provider_id part_id alternative_to_part_id",
    "ai_attachment_analysis": "ticket_id transition_id provider_id identified_type_id",
    "ai_feedback": "ticket_id",
    "workflow_ai_configuration": "template_id",
}
"""Columns that must be the id of another row. The rows that refer to the changed one are out of the way."""

OLDER = ("service_tickets", "workflow_stage_transitions")
"""Earlier tables of which nothing else is broken here."""

_ALONE = {
    "stage_attachments": "DELETE FROM ai_attachment_analysis;",
    "engineer_certifications": "UPDATE engineer_certifications SET renews_id = NULL;",
    "ai_diagnosis_results": "DELETE FROM ai_feedback;",
    "ai_models": (
        "UPDATE ai_conversations SET model_id = NULL; UPDATE ai_diagnosis_results SET model_id = NULL; "
        "UPDATE ai_engineer_recommendations SET model_id = NULL; UPDATE ai_parts_recommendations SET model_id = NULL; "
        "UPDATE ai_attachment_analysis SET model_id = NULL; DELETE FROM ai_calls;"
    ),
    "workflow_ai_configuration": (
        "ALTER TABLE workflow_ai_configuration DROP CONSTRAINT workflow_ai_configuration_template_id_stage_key_fkey;"
    ),
}
_OF_A_VISIT = (
    "ticket_parts_required",
    "stage_attachments",
    "ai_conversations",
    "ai_diagnosis_results",
    "ai_engineer_recommendations",
    "ai_parts_recommendations",
    "ai_attachment_analysis",
)
_OF_A_MODEL = (*_OF_A_VISIT[2:], "ai_calls")

_PART_1 = ref("equipment_parts", 1)
_TYPE_2 = ref("equipment_catalog", 2)
_HOURS = "INSERT INTO business_calendar_hours (calendar_id, weekday, opens, closes) VALUES "
_EXCEPTION = "INSERT INTO business_calendar_exceptions (calendar_id, day, opens, closes) VALUES "
_HALF_DAY = "INSERT INTO business_calendar_holidays (calendar_id, day, name, opens, closes) VALUES "
_CALENDAR = ref("business_calendars", 1)


@dataclass(frozen=True, slots=True)
class Violation:
    """A statement that is refused: by the constraint of that name, or with a message that a trigger raises."""

    rule: str
    statement: str
    message: str | None = None


def _change(table: str, assignment: str, number: int = 1) -> str:
    return f"UPDATE {table} SET {assignment} WHERE id = '{ref(table, number)}'"  # noqa: S608 - the words of this module


def _table(rule: str) -> str:
    tables = (*VALUES, *REFERENCES, *OLDER)
    return max((table for table in tables if rule.startswith(f"{table}_")), key=len)


def _values() -> Iterator[Violation]:
    for table, columns in VALUES.items():
        for column, values in columns.items():
            for value in values:
                yield Violation(f"{table}_{column}_check", _change(table, f"{column} = {literal(value)}"))
    for number, rules in ((1, FIRST), (2, SECOND)):
        for rule, assignment in rules.items():
            yield Violation(rule, _change(_table(rule), assignment, number))
    yield Violation(
        "ai_conversations_input_tokens_check",  # another rule says so first
        "ALTER TABLE ai_conversations DROP CONSTRAINT ai_conversations_cached_part;"
        + _change("ai_conversations", "input_tokens = -1"),
    )
    yield Violation(
        "stock_balances_quantity_check",  # likewise
        "ALTER TABLE stock_balances DROP CONSTRAINT stock_balances_allocated;"
        + _change("stock_balances", "quantity = -1"),
    )
    yield from _accounts()
    yield from _dispatch()
    yield from _webhooks()
    yield from _clocks()
    yield from _notifications()
    # Of the first one, which is in progress and not finished.
    yield Violation("workflow_stage_transitions_time_order", _change("workflow_stage_transitions", "entered_at = NULL"))
    yield Violation(
        "ai_diagnosis_results_time_order",
        _change("ai_diagnosis_results", "decided_at = proposed_at - interval '1 second'", 2),
    )


def _accounts() -> Iterator[Violation]:
    """What an account is for, and whose a key is."""
    customer, site = f"customer_id = '{ref('customers', 1)}'", f"site_id = '{ref('customer_sites', 1)}'"
    maker, engineer = f"manufacturer_id = '{ref('manufacturers', 1)}'", f"engineer_id = '{ref('engineers', 1)}'"
    nobody = "customer_id = NULL, site_id = NULL"
    for change in (
        nobody,
        "role = 'coordinator'",
        maker,
        engineer,
        f"role = 'manufacturer', {nobody}",
        f"role = 'engineer', {nobody}",
        f"role = 'manager', {nobody}, {maker}",
    ):
        yield Violation("account_roles_scope", _change("account_roles", change))
    yield Violation("account_roles_scope", _change("account_roles", f"{customer}, {site}", 2))
    yield Violation(
        "account_roles_customer_id_fkey", _change("account_roles", f"customer_id = '{NOBODY}', site_id = NULL")
    )
    yield Violation("account_roles_site_id_customer_id_fkey", _change("account_roles", f"site_id = '{NOBODY}'"))
    yield Violation("account_roles_engineer_id_fkey", _change("account_roles", f"engineer_id = '{NOBODY}'", 2))
    stranger = f"role = 'manufacturer', {nobody}, manufacturer_id = '{NOBODY}'"
    yield Violation("account_roles_manufacturer_id_fkey", _change("account_roles", stranger))
    one = f"role = 'engineer', {nobody}, engineer_id = '{ref('engineers', 2)}'"
    yield Violation("account_roles_one_engineer", _change("account_roles", one))
    yield Violation("accounts_look", _change("accounts", "code = 'T_NURSE'", 2))
    yield Violation("account_identities_of_somebody", _change("account_identities", "subject = NULL"))
    same = "UPDATE account_identities SET subject = NULL, email = 'bea@example.org'"
    yield Violation("account_identities_email", same)
    yield Violation("account_keys_of_one", _change("account_keys", "token_id = NULL"))
    yield Violation("account_keys_of_one", _change("account_keys", f"link_id = '{ref('account_links', 2)}'"))
    yield Violation("account_keys_token_id_fkey", _change("account_keys", f"token_id = '{NOBODY}'"))
    yield Violation("account_keys_link_id_fkey", _change("account_keys", f"link_id = '{NOBODY}'", 2))
    stranger = f"token_id = NULL, signing_link_id = '{NOBODY}'"
    yield Violation("account_keys_signing_link_id_fkey", _change("account_keys", stranger))
    one = ref("signing_links", 1)
    yield Violation(
        "account_keys_signing_link_id_key",
        f"UPDATE account_keys SET token_id = NULL, link_id = NULL, signing_link_id = '{one}'",  # noqa: S608 - ours
    )
    yield from _signatures()
    other = f"token_id = NULL, link_id = '{ref('account_links', 1)}'"
    yield Violation("account_keys_link_id_key", _change("account_keys", other))


def _signatures() -> Iterator[Violation]:
    """By what somebody has signed, and who else has approved."""
    yield Violation("signature_proofs_of_one", _change("signature_proofs", "account_id = NULL"))
    link = f"signing_link_id = '{ref('signing_links', 2)}'"
    yield Violation("signature_proofs_of_one", _change("signature_proofs", link))
    yield Violation("signature_proofs_account_id_fkey", _change("signature_proofs", f"account_id = '{NOBODY}'"))
    nobody = f"signing_link_id = '{NOBODY}'"
    yield Violation("signature_proofs_signing_link_id_fkey", _change("signature_proofs", nobody, 2))
    yield Violation("approvals_used_whole", _change("approvals", "used_by_command = NULL", 2))
    yield Violation("approvals_four_eyes", _change("approvals", f"used_by_account_id = '{ref('accounts', 1)}'", 2))
    stranger = f"used_by_account_id = '{NOBODY}'"
    yield Violation("approvals_used_by_account_id_fkey", _change("approvals", stranger, 2))


def _dispatch() -> Iterator[Violation]:
    """Of a plan that was applied it is known by whom; a visit that is placed has its engineer and its time."""
    yield Violation("dispatch_drafts_done", _change("dispatch_drafts", "done = 2", 2))
    yield Violation("dispatch_drafts_steps_size", _change("dispatch_drafts", "steps = '{}'"))
    alike = _change("dispatch_drafts", "owner_code = 't.coordinator'", 2)
    yield Violation("dispatch_drafts_owner_code_key", alike)
    yield Violation("dispatch_plans_applied", _change("dispatch_plans", "applied_at = now()"))
    yield Violation("dispatch_plan_visits_placed", _change("dispatch_plan_visits", "starts_at = now()"))
    yield Violation("dispatch_plan_visits_placed", _change("dispatch_plan_visits", "ends_at = NULL", 2))
    yield Violation("dispatch_plan_visits_time_order", _change("dispatch_plan_visits", "ends_at = starts_at", 2))
    stranger = f"engineer_id = '{NOBODY}'"
    yield Violation("dispatch_plan_visits_engineer_id_fkey", _change("dispatch_plan_visits", stranger, 2))
    alike = f"plan_id = '{ref('dispatch_plans', 1)}', engineer_id = NULL, starts_at = NULL, ends_at = NULL"
    yield Violation("dispatch_plan_visits_once", _change("dispatch_plan_visits", alike, 2))


def _webhooks() -> Iterator[Violation]:
    """What an endpoint that is not in use says, what a delivery that has ended, and how many keys are in force."""
    yield Violation("webhook_endpoints_disabled", _change("webhook_endpoints", "disabled_at = now()"))
    yield Violation("webhook_endpoints_disabled", _change("webhook_endpoints", "disabled_because = NULL", 2))
    yield Violation("webhook_deliveries_ended", _change("webhook_deliveries", "ended_at = now()"))
    yield Violation("webhook_deliveries_ended", _change("webhook_deliveries", "state = 'failed'"))
    other = f"endpoint_id = '{ref('webhook_endpoints', 1)}'"
    yield Violation("webhook_secrets_in_force", _change("webhook_secrets", other, 2))


def _clocks() -> Iterator[Violation]:
    """No clock stands among the good rows."""
    ticket = ref("service_tickets", 1)
    clock = f"'{ref('sla_clocks', 3)}', '{ticket}', 'response', 'response', '1 h', 'met', '{EARLY_AT}'"
    of_clock = "id, ticket_id, kind, name, target, state, started_at, ended_at, elapsed, calendar_snapshot"
    insert = f"INSERT INTO sla_clocks ({of_clock}) VALUES ({clock}, "  # noqa: S608 - the words of this module
    earlier = f"timestamptz '{EARLY_AT}' - interval '1 second'"
    yield Violation("sla_clocks_time_order", f"{insert}{earlier}, '0', NULL)")
    yield Violation("sla_clocks_calendar_snapshot_check", f"{insert}NULL, '0', '[]')")
    event = "clock_id, ticket_id, sequence, occurred_at, elapsed, state, kind, target, counts_from, told_at, lifted"
    as_usual = "NULL, '{}'"
    for rule, values in (
        ("sla_events_target_check", f"'retargeted', '0', NULL, {as_usual}"),
        ("sla_events_target_of_retarget", f"'retargeted', NULL, NULL, {as_usual}"),
        ("sla_events_target_of_change", f"'paused', '1 h', NULL, {as_usual}"),
        (
            "sla_events_counted_reopening",
            f"'reopened', NULL, timestamptz '{EARLY_AT}' + interval '1 second', {as_usual}",
        ),
        ("sla_events_counted_reopening", f"'resumed', NULL, '{EARLY_AT}', {as_usual}"),
        ("sla_events_told_later", f"'stopped', NULL, NULL, '{EARLY_AT}', '{{}}'"),
        ("sla_events_lifted_by_correction", "'stopped', NULL, NULL, NULL, '{100}'"),
        ("sla_events_lifted_by_correction", f"'corrected', NULL, NULL, {as_usual}"),
    ):
        event_values = f"'{ref('sla_clocks', 3)}', '{ticket}', 1, '{EARLY_AT}', '0', 'met', {values}"
        after = f"INSERT INTO sla_events ({event}) VALUES ({event_values})"  # noqa: S608 - likewise
        yield Violation(rule, f"{insert}NULL, '0', NULL); {after}")


def _notifications() -> Iterator[Violation]:
    """None stands among the good rows."""
    columns = "ticket_id, sequence, recipient_role, raised_at, kind, facts, subject, body"
    to = f"'{ref('service_tickets', 1)}', 1, 'coordinator', '{EARLY_AT}'"
    for rule, said in (
        ("notifications_kind_check", "'Target breached', '{}', NULL, NULL"),
        ("notifications_facts_check", "'target_breached', '[]', NULL, NULL"),
        ("notifications_told_one_way", "NULL, NULL, NULL, NULL"),
        ("notifications_told_one_way", "'target_breached', NULL, NULL, NULL"),
        ("notifications_told_one_way", "'target_breached', '{}', 'Breach', 'Look'"),
        ("notifications_told_one_way", "NULL, NULL, 'Breach', NULL"),
    ):
        insert = f"INSERT INTO notifications ({columns}) VALUES ({to}, {said})"  # noqa: S608 - the words of this module
        yield Violation(rule, insert)


def _keys() -> Iterator[Violation]:
    for rule, columns in UNIQUE.items():
        table = _table(rule)
        first = f"(SELECT {columns} FROM {table} WHERE id = '{ref(table, 1)}')"  # noqa: S608 - likewise
        yield Violation(rule, _change(table, f"({columns}) = {first}", 2))
    yield Violation(
        "engineer_certifications_renews_id_key",
        "INSERT INTO engineer_certifications (engineer_id, certification, issuing_organization, certificate_number, "
        "issued_on, renews_id) SELECT engineer_id, certification, issuing_organization, 'A-3', issued_on, renews_id "
        "FROM engineer_certifications WHERE certificate_number = 'A-2'",
    )
    yield Violation(
        "equipment_compatibility_one_interchangeable",
        "UPDATE equipment_compatibility SET is_interchangeable = true "  # noqa: S608 - likewise
        f"WHERE id IN ('{ref('equipment_compatibility', 1)}', '{ref('equipment_compatibility', 2)}')",
    )
    again = "session_id = uuidv7(), rank = 1, outcome = 'pending', decided_at = NULL, fixed_at_first_visit = NULL"
    yield Violation("ai_engineer_recommendations_current", _change("ai_engineer_recommendations", again, 2))
    yield Violation("ai_local_models_one_in_force", _change("ai_local_models", "in_force = true", 2))
    yield Violation("reconciliation_findings_open", _change("reconciliation_findings", "kind = 'task_fails'", 2))
    yield Violation("reconciliation_rounds_one_goes_on", _change("reconciliation_rounds", "ended_at = NULL"))
    yield Violation("ai_models_one_default", _change("ai_models", "active = true, is_default = true", 2))


def _references() -> Iterator[Violation]:
    for table, columns in REFERENCES.items():
        alone = _ALONE.get(table, "")
        if table in _OF_A_VISIT:
            alone += f"ALTER TABLE {table} DISABLE TRIGGER check_visit_of_ticket;"
        for column in columns.split():
            yield Violation(f"{table}_{column}_fkey", alone + _change(table, f"{column} = '{NOBODY}'"))
    yield Violation("stock_locations_engineer_id_fkey", _change("stock_locations", f"engineer_id = '{NOBODY}'", 2))
    yield Violation(
        "stock_locations_site_id_fkey",
        _change("stock_locations", f"kind = 'consignment', engineer_id = NULL, site_id = '{NOBODY}'", 2),
    )
    yield Violation("stock_lots_part_id_fkey", _change("stock_lots", f"part_id = '{NOBODY}'", 2))
    for table in ("stock_balances", "stock_reservations"):
        yield Violation(f"{table}_lot_id_part_id_fkey", _change(table, f"lot_id = '{NOBODY}'"))
    for table in _OF_A_MODEL:
        rule = f"{table}_model_id_provider_id_fkey"
        yield Violation(rule, _change(table, f"provider_id = '{ref('ai_providers', 2)}'"))
        yield Violation(rule, _change(table, f"model_id = '{NOBODY}'"))
    other = f"ticket_id = '{ref('service_tickets', 2)}', transition_id = NULL"
    for column, table in (
        ("diagnosis_id", "ai_diagnosis_results"),
        ("engineer_recommendation_id", "ai_engineer_recommendations"),
        ("parts_recommendation_id", "ai_parts_recommendations"),
        ("attachment_analysis_id", "ai_attachment_analysis"),
    ):
        about = f"diagnosis_id = NULL, {column} = '{ref(table, 1)}'" if column != "diagnosis_id" else "rating = 1"
        strange = f"{about}, ticket_id = '{ref('service_tickets', 2)}'"
        yield Violation(f"ai_feedback_{column}_ticket_id_fkey", _change("ai_feedback", strange))
    rule = "ai_attachment_analysis_attachment_id_ticket_id_fkey"
    yield Violation(rule, _change("ai_attachment_analysis", other))
    yield Violation(rule, _change("ai_attachment_analysis", f"attachment_id = '{NOBODY}'"))
    yield Violation(
        "engineer_certifications_renews_id_engineer_id_fkey",
        _change("engineer_certifications", f"engineer_id = '{ref('engineers', 2)}'", 2),
    )
    yield Violation(
        "engineer_certifications_engineer_id_fkey",
        _ALONE["engineer_certifications"] + _change("engineer_certifications", f"engineer_id = '{NOBODY}'"),
    )
    yield Violation(
        "workflow_ai_configuration_template_id_stage_key_fkey",
        _change("workflow_ai_configuration", "stage_key = 'party'"),
    )


def _overlaps() -> Iterator[Violation]:
    for hours in ("1, '11:59', '12:30'", "1, '05:59', '07:00'", "6, '23:00', '23:00'", "7, '23:00', '23:30'"):
        yield Violation("business_calendar_hours_no_overlap", f"{_HOURS}('{_CALENDAR}', {hours})")
    for opening in ("2026-01-31', '16:59', '17:30", "2026-02-02', '05:59', '07:00"):
        yield Violation("business_calendar_exceptions_no_overlap", f"{_EXCEPTION}('{_CALENDAR}', '{opening}')")
    for hours in ("'09:00', NULL", "NULL, '12:00'", "'12:00', '09:00'", "'24:00', '00:00'", "'09:00', '24:00'"):
        yield Violation(
            "business_calendar_holidays_half_day", f"{_HALF_DAY}('{_CALENDAR}', '2026-10-02', 'Half', {hours})"
        )
    rule = "engineer_absences_no_overlap"
    yield Violation(rule, _change("engineer_absences", "ends_at = ends_at + interval '1 second'"))


def _triggers() -> Iterator[Violation]:
    other_visit = f"transition_id = '{ref('workflow_stage_transitions', 2)}'"
    for table in _OF_A_VISIT:
        rule, message = f"{table}.check_visit_of_ticket", "is not one of ticket FC-2026-900001: name a stage visit of"
        yield Violation(rule, _change(table, other_visit, 2), message)
    for table in ("ticket_parts_required", "ai_parts_recommendations"):
        again = _change(table, f"part_id = '{_PART_1}'", 2)
        swap = "DELETE FROM equipment_compatibility; DELETE FROM ai_feedback; "
        swap += f"DELETE FROM {table} WHERE part_id = '{_PART_1}'; "  # noqa: S608 - likewise
        if table == "ai_parts_recommendations":
            swap += "UPDATE ai_parts_recommendations SET alternative_to_part_id = NULL; "
        for change, message in (
            ("is_oem = false", "takes OEM parts only, and part T-TUBE-HF is a compatible one: choose the OEM part"),
            (f"equipment_type_id = '{_TYPE_2}'", "is for the type T Scanner, and the unit of ticket"),
            (f"manufacturer_id = '{ref('manufacturers', 2)}'", "is for another make than the unit of ticket"),
            ("models = '{Two,Three}'", "fits the models Two, Three, and the unit of ticket FC-2026-900001 is a One:"),
        ):
            statement = f"{swap}{_change('equipment_parts', change)}; {again}"
            yield Violation(f"{table}.check_part_allowed", statement, message)
    again = _change("equipment_compatibility", f"part_id = '{_PART_1}'")
    for change, message in (
        (_change("equipment_parts", f"equipment_type_id = '{_TYPE_2}'", 2), "are for different types of equipment:"),
        (
            _change("equipment_parts", f"manufacturer_id = '{ref('manufacturers', 2)}'", 2),
            "part T-TUBE can't stand in for part T-TUBE-HF: they are for different makes of equipment: choose parts",
        ),
    ):
        yield Violation("equipment_compatibility.check_alternative_fits", f"{change}; {again}", message)
    table = "stage_configuration_templates"
    for change in (
        _change(table, "prerequisites = '{repair}'"),  # a circle
        _change(table, "prerequisites = '{party}'", 2),
        _change(table, "position = 3"),
        _change(table, "key = 'triage'"),
    ):
        yield Violation(f"{table}.check_stage_order", change, "which is not a stage before it in its template: name")
    for action in (5, {}, {"key": "a"}, {"key": "A b", "label": "A"}, {"key": "a", "label": "  "}):
        actions = literal([{"key": "good", "label": "Good", "kind": "text"}, action])
        change = _change(table, f"required_actions = {actions}")
        yield Violation(f"{table}.check_stage_actions", change, "the stage diagnosis has a required action that can't")
    change = _change(table, """required_actions = '[{"key": "a", "label": "A", "kind": "dance"}]'""")
    yield Violation(f"{table}.check_stage_actions", change, "give it a key (small letters, digits, underscores), a")
    asked = _change("workflow_ai_configuration", "enabled = true", 2)
    served = (
        "nobody serves the AI task attachment_analysis of the stage diagnosis: leave it out, or set enabled to false"
    )
    yield Violation("workflow_ai_configuration.check_ai_task_served", asked, served)
    zone = _change("engineers", "time_zone = 'Asia/Kolkatta'")
    never = "is never open: give it opening hours in the same transaction, or make it always open"
    shut = "always_open = false"
    yield Violation("business_calendars.check_calendar_opens", _change("business_calendars", shut, 2), never)
    rule = "business_calendar_hours.check_calendar_opens"
    yield Violation(rule, f"DELETE FROM business_calendar_hours WHERE calendar_id = '{_CALENDAR}'", never)  # noqa: S608
    moved = f"UPDATE business_calendar_hours SET calendar_id = '{ref('business_calendars', 2)}'"  # noqa: S608
    yield Violation(rule, f"{moved} WHERE calendar_id = '{_CALENDAR}'", never)
    yield Violation("engineers.check_time_zone", zone, 'Kolkatta" is not an IANA time zone: use a name such as')


VIOLATIONS = tuple(chain(_values(), _keys(), _references(), _overlaps(), _triggers()))

ALLOWED = (
    f"{_HOURS}('{_CALENDAR}', 1, '12:00', '12:30'), ('{_CALENDAR}', 1, '06:00', '08:00'), "
    f"('{_CALENDAR}', 7, '00:00', '22:00'), ('{_CALENDAR}', 3, '00:00', '00:00')",
    f"{_HOURS}('{ref('business_calendars', 2)}', 1, '12:00', '12:30'); "
    + _change("business_calendars", "always_open = false", 2),
    f"DELETE FROM business_calendar_hours WHERE calendar_id = '{_CALENDAR}'; "  # noqa: S608 - likewise
    f"{_HOURS}('{_CALENDAR}', 2, '08:00', '12:00')",
    f"DELETE FROM business_calendars WHERE id = '{_CALENDAR}'",  # noqa: S608 - likewise
    _change("equipment_compatibility", "is_interchangeable = true"),
    _change("ticket_parts_required", f"status = 'cancelled', cancelled_at = '{LATER_AT}'"),
    _change("engineer_equipment_expertise", "years_of_experience = 60, capabilities = '{train}'"),
    _change("equipment_catalog", "product_codes = '{CBK,BTT}', synonyms = '{\"infusion, pump\"}'"),
    _change("ai_diagnosis_results", "confidence = 100"),
    _change("ai_diagnosis_results", "confidence = 0"),
    _change("ai_providers", "fallback_priority = 903"),
    "UPDATE ai_providers SET fallback_priority = 1803 - fallback_priority WHERE fallback_priority IN (901, 902)",
    _change("ai_conversations", "ticket_id = NULL, transition_id = NULL"),
    _change("ai_conversations", "cost_usd = 1.5", 2),
    _change("stage_configuration_templates", "position = 9")  # later than what needs it, until the next change
    + f"; {_change('stage_configuration_templates', 'position = 10', 2)}",
    _change("stage_configuration_templates", """required_actions = '[{"key": "a", "label": "A"}]'"""),
)
"""Changes at the edge of a rule, on its good side."""
