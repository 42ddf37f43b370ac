"""Good rows of every table that revisions from 0006 on made, all of the first ticket of `rows.py`."""

from __future__ import annotations

from tests.migrations.rows import EARLY_AT, LATER_AT, Rows, pair, ref

_TICKET = {"ticket_id": ref("service_tickets", 1), "transition_id": ref("workflow_stage_transitions", 1)}
_ANSWER = {**_TICKET, "provider_id": ref("ai_providers", 1), "model_id": ref("ai_models", 1), "proposed_at": LATER_AT}
_SESSIONS = ({"session_id": ref("session", 1)}, {"session_id": ref("session", 2)})

LATE: Rows = {
    "accounts": (
        {"code": "t.nurse", "name": "T Nurse", "email": "nurse@example.org"},
        {"code": "T-ENG-9", "name": "T Engineer", "disabled_at": LATER_AT},
    ),
    "account_roles": (
        {
            "account_id": ref("accounts", 1),
            "role": "hospital",
            "customer_id": ref("customers", 1),
            "site_id": ref("customer_sites", 1),
        },
        {"account_id": ref("accounts", 2), "role": "engineer", "engineer_id": ref("engineers", 2)},
    ),
    "account_passwords": pair(
        {"salt": r"\x00112233445566778899aabbccddeeff", "memory_kib": 7168, "passes": 5, "lanes": 1},
        {"account_id": ref("accounts", 1), "verifier": r"\x" + 32 * "01"},
        {"account_id": ref("accounts", 2), "verifier": r"\x" + 32 * "02"},
    ),
    "account_tokens": pair(
        {"account_id": ref("accounts", 1), "expires_at": LATER_AT},
        {"kind": "api", "name": "Report", "scopes": "{read,act}"},
        {"kind": "login", "name": "login", "scopes": "{read,act,administer}"},
    ),
    "account_links": pair(
        {"purpose": "set_password", "expires_at": LATER_AT},
        {"account_id": ref("accounts", 1)},
        {"account_id": ref("accounts", 2), "used_at": EARLY_AT},
    ),
    "account_passkeys": pair(
        {"rp_id": "care.example.org", "algorithm": -7, "key_first": r"\x" + 32 * "01", "sign_count": 0},
        {
            "account_id": ref("accounts", 1),
            "name": "Phone",
            "credential_id": r"\x" + 32 * "0a",
            "key_second": r"\x" + 32 * "02",
        },
        {
            "account_id": ref("accounts", 2),
            "name": "Laptop",
            "credential_id": r"\x" + 16 * "0b",
            "key_second": r"\x010001",
        },
    ),
    "account_identities": pair(
        {"issuer": "https://login.example.org"},
        {"account_id": ref("accounts", 1), "subject": "a1"},
        {"account_id": ref("accounts", 2), "email": "bea@example.org"},
    ),
    "identity_states": pair({"expires_at": LATER_AT}, {"digest": r"\x" + 32 * "0a"}, {"digest": r"\x" + 32 * "0b"}),
    "account_devices": pair(
        {"used_at": LATER_AT, "digest": r"\x" + 32 * "0a"},
        {"account_id": ref("accounts", 1)},
        {"account_id": ref("accounts", 2)},
    ),
    "passkey_challenges": pair(
        {"expires_at": LATER_AT},
        {"account_id": ref("accounts", 1), "digest": r"\x" + 32 * "0a"},
        {"digest": r"\x" + 32 * "0b"},
    ),
    "account_keys": (
        {"token_id": ref("account_tokens", 1), "digest": r"\x" + 32 * "0a"},
        {"link_id": ref("account_links", 1), "digest": r"\x" + 32 * "0b"},
    ),
    "signing_links": pair(
        {
            "ticket_id": ref("service_tickets", 1),
            "stage_key": "sign_off",
            "printed_name": "Anna Berg",
            "capacity": "Ward sister",
            "issued_by_code": "coordinator-1",
            "issued_by_role": "coordinator",
            "expires_at": LATER_AT,
        },
        {"code": "SL-000000000001"},
        {"code": "SL-000000000002", "used_at": EARLY_AT},
    ),
    "signature_proofs": pair(
        {
            "ticket_id": ref("service_tickets", 1),
            "stage_key": "sign_off",
            "printed_name": "Anna Berg",
            "digest": 64 * "a",
            "proven_at": LATER_AT,
        },
        {"account_id": ref("accounts", 1)},
        {"signing_link_id": ref("signing_links", 2)},
    ),
    "approvals": pair(
        {"ticket_id": ref("service_tickets", 1), "hold_reason": "contract_dispute", "expires_at": LATER_AT},
        {"account_id": ref("accounts", 1)},
        {
            "account_id": ref("accounts", 1),
            "used_at": EARLY_AT,
            "used_by_account_id": ref("accounts", 2),
            "used_by_command": "hold-1",
        },
    ),
    "offer_answers": pair(
        {
            "transition_id": ref("workflow_stage_transitions", 1),
            "offer": 1,
            "named": False,
            "offered_by_code": "coordinator-1",
            "offered_by_role": "coordinator",
            "offered_at": EARLY_AT,
        },
        {
            "engineer_id": ref("engineers", 1),
            "place": 1,
            "answer": "declined",
            "asked_at": EARLY_AT,
            "answer_until": LATER_AT,
            "answered_at": LATER_AT,
            "decline_reason": "busy",
        },
        {
            "engineer_id": ref("engineers", 2),
            "place": 2,
            "answer": "asked",
            "asked_at": LATER_AT,
            "answer_until": LATER_AT,
        },
    ),
    "password_guesses": pair(
        {"code_digest": r"\x" + 32 * "0c", "transaction": 1000, "told_at": EARLY_AT},
        {"guess": r"\x" + 32 * "0a"},
        {"guess": r"\x" + 32 * "0b"},
    ),
    "sign_in_tries": pair(
        {"failed_at": EARLY_AT, "wait_until": LATER_AT},
        {"code_digest": r"\x" + 32 * "0c", "failed": 1},
        {"code_digest": r"\x" + 32 * "0d", "failed": 9},
    ),
    "equipment_parts": pair(
        {"category": "consumable", "unit_price": "120.50", "lead_time": "3 days"},
        {
            "part_number": "T-TUBE-HF",
            "name": "High-flow tube",
            "equipment_type_id": ref("equipment_catalog", 1),
            "manufacturer_id": ref("manufacturers", 1),
            "is_oem": True,
            "stock_quantity": 4,
            "models": "{One}",
        },
        {
            "part_number": "T-TUBE",
            "name": "Tube",
            "equipment_type_id": ref("equipment_catalog", 1),
            "is_oem": True,
            "lifespan": "1 year",
        },
    ),
    "equipment_parts_context": pair(
        {"part_id": ref("equipment_parts", 1)},
        {"installed_context": "icu", "priority": "required"},
        {"installed_context": "ward", "priority": "optional", "quantity": 2},
    ),
    "equipment_compatibility": pair(
        {"kind": "equivalent"},
        {
            "part_id": ref("equipment_parts", 1),
            "alternative_part_id": ref("equipment_parts", 2),
            "contexts": "{ward}",
        },
        {"part_id": ref("equipment_parts", 2), "alternative_part_id": ref("equipment_parts", 1)},
    ),
    "hold_reasons": pair(
        {"party": "hospital"},
        {"code": "t_closed", "name": "Ward closed", "pauses": "{response,stage}"},
        {"code": "t_dispute", "name": "Dispute", "needs_approval": True},
    ),
    "workflow_template_targets": pair(
        {"template_id": ref("workflow_templates", 1)},
        {"priority": "P1", "resolution_target": "24 hours"},
        {"priority": "P2", "response_target": "2 hours", "arrival_target": "8 hours"},
    ),
    "business_calendars": (
        {"code": "t_days", "version": 1, "name": "Days", "holiday_country": "IN", "holiday_region": "KA"},
        {"code": "t_nights", "version": 1, "name": "Nights", "always_open": True, "valid_to": "2030-01-01"},
    ),
    "business_calendar_hours": pair(
        {"calendar_id": ref("business_calendars", 1)},
        {"weekday": 1, "opens": "08:00", "closes": "12:00"},
        {"weekday": 7, "opens": "22:00", "closes": "06:00"},
    ),
    "business_calendar_holidays": pair(
        {"calendar_id": ref("business_calendars", 1)},
        {"day": "2026-01-26", "name": "Republic Day"},
        {"day": "2026-08-15", "name": "Independence Day"},
    ),
    "business_calendar_exceptions": pair(
        {"calendar_id": ref("business_calendars", 1)},
        {"day": "2026-01-31", "opens": "09:00", "closes": "17:00", "name": "Stocktaking"},
        {"day": "2026-02-01", "opens": "22:00", "closes": "06:00"},
    ),
    "engineer_equipment_expertise": pair(
        {"engineer_id": ref("engineers", 1), "equipment_type_id": ref("equipment_catalog", 1), "support_level": "L1"},
        {"capabilities": "{diagnose,repair}", "years_of_experience": "7.5"},
        {
            "manufacturer_id": ref("manufacturers", 1),
            "capabilities": "{calibrate}",
            "required_certification": "pump-2",
        },
    ),
    "engineer_certifications": pair(
        {"engineer_id": ref("engineers", 1), "certification": "pump-2", "issuing_organization": "T Acme"},
        {"certificate_number": "A-1", "issued_on": "2024-01-01", "expires_on": "2026-01-01"},
        {
            "certificate_number": "A-2",
            "issued_on": "2025-12-01",
            "renews_id": ref("engineer_certifications", 1),
            "renewal_requested_on": "2026-01-02",
        },
    ),
    "engineer_absences": pair(
        {"engineer_id": ref("engineers", 1), "reason": "leave"},
        {"starts_at": "2026-04-01", "ends_at": "2026-04-03"},
        {"starts_at": "2026-04-03", "ends_at": "2026-04-05"},
    ),
    "ticket_parts_required": pair(
        {**_TICKET, "identified_at": EARLY_AT, "quantity_identified": 2},
        {"part_id": ref("equipment_parts", 1)},
        {
            "part_id": ref("equipment_parts", 2),
            "status": "used",
            "quantity_ordered": 3,
            "quantity_received": 3,
            "quantity_used": 1,
            "quantity_returned": 1,
            "quantity_wasted": 1,
            "requested_at": EARLY_AT,
            "ordered_at": LATER_AT,
            "received_at": LATER_AT,
            "used_at": LATER_AT,
            "approved_by_code": "coordinator-1",
            "approved_by_role": "coordinator",
        },
    ),
    "stock_locations": pair(
        {"name": "T Place"},
        {"code": "T-STORE", "kind": "store"},
        {"code": "T-VAN", "kind": "van", "engineer_id": ref("engineers", 1)},
    ),
    "stock_lots": pair(
        {"part_id": ref("equipment_parts", 1)},
        {"code": "L-1", "expires_on": "2027-01-01"},
        {"code": "S-1", "is_serial": True, "blocked_at": EARLY_AT, "block_reason": "Recall"},
    ),
    "stock_levels": pair(
        {"part_id": ref("equipment_parts", 1), "minimum": 1, "reorder_point": 2},
        {"location_id": ref("stock_locations", 1)},
        {"location_id": ref("stock_locations", 2)},
    ),
    "stock_balances": pair(
        {"part_id": ref("equipment_parts", 1), "quantity": 5},
        {"location_id": ref("stock_locations", 1), "lot_id": ref("stock_lots", 1)},
        {"location_id": ref("stock_locations", 2)},
    ),
    "stock_reservations": pair(
        {
            "ticket_id": ref("service_tickets", 1),
            "part_id": ref("equipment_parts", 1),
            "reserved_by_code": "clerk-1",
            "reserved_by_role": "operator",
            "quantity": 2,
        },
        {"location_id": ref("stock_locations", 1), "lot_id": ref("stock_lots", 1)},
        {"location_id": ref("stock_locations", 2)},
    ),
    "stage_attachments": pair(
        {**_TICKET, "category": "diagnostic", "media_type": "image/jpeg", "uploaded_by_role": "hospital"},
        {
            "file_name": "pump.jpg",
            "size_bytes": 100,
            "sha256": "a" * 64,
            "storage_key": "t/1",
            "uploaded_by_code": "nurse-7",
            "uploaded_at": EARLY_AT,
            "contains_personal_data": True,
            "retention_until": "2027-03-02",
        },
        {
            "file_name": "tube.jpg",
            "size_bytes": 200,
            "sha256": "b" * 64,
            "storage_key": "t/2",
            "uploaded_by_code": "nurse-7",
            "uploaded_at": EARLY_AT,
            "quality_score": 80,
        },
    ),
    "ai_providers": (
        {"code": "t_one", "name": "T One", "fallback_priority": 901, "capabilities": "{chat,vision}"},
        {"code": "t_two", "name": "T Two", "fallback_priority": 902, "circuit": "open", "circuit_opened_at": EARLY_AT},
    ),
    "ai_models": pair(
        {"provider_id": ref("ai_providers", 1), "input_price": 5, "output_price": 15, "use_cases": "{diagnosis}"},
        {"code": "one", "name": "One", "is_default": True, "context_window": 128000, "max_output_tokens": 4096},
        {"code": "two", "name": "Two", "active": False},
    ),
    "reconciliation_findings": pair(
        {"workflow_id": "t-1", "ticket_id": ref("service_tickets", 1), "found_at": EARLY_AT, "seen_at": LATER_AT},
        {"kind": "task_fails", "detail": "NonDeterministicError"},
        {"kind": "record_changed", "number": "FC-2026-900001"},
    ),
    "reconciliation_rounds": pair(
        {"began_at": EARLY_AT, "newest_batch_at": LATER_AT},
        {"ended_at": LATER_AT, "tickets": 2},
        {"position": ref("service_tickets", 1)},
    ),
    "ai_local_models": pair(
        {
            "trained_at": LATER_AT,
            "trained_by_code": "operator-1",
            "cases": 400,
            "knowledge_hash": "b" * 64,
            "parameters": {},
            "report": {},
        },
        {"version": 1, "in_force": True},
        {"version": 2},
    ),
    "ai_calls": pair(
        {
            "session_id": ref("session", 1),
            "provider_id": ref("ai_providers", 1),
            "model_id": ref("ai_models", 1),
            "began_at": EARLY_AT,
            "reserved_usd": "0.05",
            "ticket_id": ref("service_tickets", 1),
        },
        {"attempt": 1},
        {"attempt": 2},
    ),
    "ai_conversations": pair(
        {
            **_TICKET,
            "session_id": ref("session", 1),
            "task": "diagnosis",
            "provider_id": ref("ai_providers", 1),
            "model_id": ref("ai_models", 1),
            "occurred_at": LATER_AT,
        },
        {"message_index": 0, "role": "user", "content": "No flow", "input_tokens": 20, "cached_input_tokens": 10},
        {"message_index": 1, "role": "assistant", "function_name": "find_part", "function_arguments": {"part": "T"}},
    ),
    "ai_diagnosis_results": pair(
        {
            **_ANSWER,
            "summary": "The tube leaks",
            "confidence": "81.5",
            "root_cause": "Worn seal",
            "issue_category": "mechanical",
            "severity": "high",
            "support_level": "L1",
            "remote_fix_possible": False,
        },
        _SESSIONS[0],
        {
            **_SESSIONS[1],
            "status": "accepted",
            "decided_by_code": "T-ENG-1",
            "decided_by_role": "engineer",
            "decided_at": LATER_AT,
            "was_correct": True,
            "verified_at": LATER_AT,
        },
    ),
    "ai_engineer_recommendations": pair(
        {
            **_ANSWER,
            **_SESSIONS[0],
            **{f"{part}_score": 90 for part in ("overall", "expertise", "availability", "location", "performance")},
            "workload_score": 50,
            "reasoning": "Nearby",
        },
        {"engineer_id": ref("engineers", 1), "rank": 1},
        {
            "engineer_id": ref("engineers", 2),
            "rank": 2,
            "outcome": "selected",
            "decided_at": LATER_AT,
            "fixed_at_first_visit": True,
        },
    ),
    "ai_parts_recommendations": pair(
        {**_ANSWER, **_SESSIONS[0], "confidence": 70, "is_oem": True, "reasoning": "It leaks", "lead_time": "0"},
        {"part_id": ref("equipment_parts", 1), "rank": 1},
        {
            "part_id": ref("equipment_parts", 2),
            "rank": 2,
            "alternative_to_part_id": ref("equipment_parts", 1),
            "outcome": "used",
            "decided_at": LATER_AT,
        },
    ),
    "ai_attachment_analysis": pair(
        {**_ANSWER, **_SESSIONS[0], "summary": "A crack", "confidence": 60},
        {"attachment_id": ref("stage_attachments", 1)},
        {"attachment_id": ref("stage_attachments", 2), "was_correct": False, "verified_at": LATER_AT},
    ),
    "ai_feedback": pair(
        {
            "ticket_id": ref("service_tickets", 1),
            "given_by_role": "engineer",
            "given_at": LATER_AT,
            "was_accurate": True,
        },
        {"diagnosis_id": ref("ai_diagnosis_results", 1), "kind": "human", "given_by_code": "T-ENG-1", "rating": 4},
        {"diagnosis_id": ref("ai_diagnosis_results", 1), "kind": "human", "given_by_code": "T-ENG-2"},
    ),
    "workflow_ai_configuration": pair(
        {"template_id": ref("workflow_templates", 1), "stage_key": "diagnosis", "minimum_confidence": 40},
        {"task": "diagnosis", "auto_complete_confidence": 95, "maximum_cost_usd": "0.5"},
        {"task": "attachment_analysis", "enabled": False},
    ),
    "dispatch_plans": pair(
        {"made_by_code": "t.coordinator", "from_at": EARLY_AT, "until_at": LATER_AT, "objective": "{}"},
        {"engine": "greedy", "because": "t", "notes": '{"t"}'},
        {"engine": "pyvrp", "applied_at": LATER_AT, "applied_by_code": "t.coordinator"},
    ),
    "dispatch_plan_visits": pair(
        {"transition_id": ref("workflow_stage_transitions", 1), "present_engineer_id": ref("engineers", 1)},
        {"plan_id": ref("dispatch_plans", 1), "position": 0, "reason_kind": "overtime", "reason": "t"},
        {
            "plan_id": ref("dispatch_plans", 2),
            "position": 1,
            "engineer_id": ref("engineers", 2),
            "starts_at": EARLY_AT,
            "ends_at": LATER_AT,
            "travel": "10 minutes",
            "travel_km": "7.5",
            "outcome": "applied",
        },
    ),
    "dispatch_drafts": pair(
        {"begun": "{}"},
        {"owner_code": "t.coordinator"},
        {"owner_code": "t.manager", "steps": '[{"doing": "lock", "visit": "t"}]', "done": 1, "version": 2},
    ),
    "webhook_endpoints": pair(
        {"url": "https://t.example.org/hooks", "events": "{ticket.opened,ticket.closed}", "position": 7},
        {"account_id": ref("accounts", 1), "name": "t-one"},
        {
            "account_id": ref("accounts", 2),
            "name": "t-two",
            "retry_after": '{"1 minute"}',
            "disabled_at": LATER_AT,
            "disabled_because": "gone",
        },
    ),
    "webhook_secrets": (
        {"endpoint_id": ref("webhook_endpoints", 1), "key": r"\x" + 32 * "0e"},
        {"endpoint_id": ref("webhook_endpoints", 2), "key": r"\x" + 32 * "0f"},
    ),
    "webhook_deliveries": pair(
        {"ticket_id": ref("service_tickets", 1), "kind": "ticket.opened", "due_at": LATER_AT},
        {"endpoint_id": ref("webhook_endpoints", 1), "sequence": 0},
        {
            "endpoint_id": ref("webhook_endpoints", 2),
            "sequence": 1,
            "state": "delivered",
            "attempts": 1,
            "ended_at": LATER_AT,
        },
    ),
    "webhook_attempts": (
        {"delivery_id": ref("webhook_deliveries", 1), "began_at": LATER_AT, "took": "2 seconds", "error": "no answer"},
        {
            "delivery_id": ref("webhook_deliveries", 2),
            "began_at": LATER_AT,
            "took": "1 second",
            "status": 200,
            "answer": "ok",
        },
    ),
}
