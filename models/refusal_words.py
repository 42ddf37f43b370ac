"""The words of `models.refusals`: what tables and columns are called, and what their rules ask for.

A CHECK of one column is named `table_column_check`: its rule is found by the column. Every other rule is found by its
own name. A test holds that each constraint of the schema has its words.
"""

from __future__ import annotations

from models.vocabulary.ai import AiTask
from models.vocabulary.equipment import InstalledContext
from models.vocabulary.people import Capability
from models.vocabulary.sla import ClockKind

TABLES = {
    "ai_attachment_analysis": "an analysis of an attachment",
    "ai_calls": "an AI call",
    "ai_conversations": "a message of an AI conversation",
    "ai_diagnosis_results": "an AI diagnosis",
    "ai_engineer_recommendations": "a recommendation of an engineer",
    "ai_feedback": "feedback on an AI result",
    "ai_local_models": "a trained model of the local AI engine",
    "ai_models": "an AI model",
    "ai_parts_recommendations": "a recommendation of a part",
    "ai_providers": "an AI provider",
    "audit_events": "an entry of the audit trail",
    "audit_seals": "a seal of the audit trail",
    "business_calendar_holidays": "a holiday of a calendar",
    "business_calendar_hours": "an opening of a calendar",
    "business_calendars": "a calendar",
    "customer_sites": "a site",
    "customers": "a customer",
    "engineer_absences": "an absence",
    "engineer_certifications": "a certificate",
    "engineer_equipment_expertise": "an engineer's expertise",
    "engineers": "an engineer",
    "equipment_catalog": "a type of equipment",
    "equipment_compatibility": "an alternative to a part",
    "equipment_parts": "a part",
    "equipment_parts_context": "a context of a part",
    "equipment_registry": "a unit",
    "hold_reasons": "a reason for a hold",
    "manufacturer_service_config": "a service configuration",
    "manufacturers": "a manufacturer",
    "notifications": "a notification",
    "reconciliation_findings": "a finding of reconciling",
    "reconciliation_rounds": "a round of reconciling",
    "service_tickets": "a ticket",
    "sla_clocks": "an SLA clock",
    "sla_events": "an event of an SLA clock",
    "stage_assignments": "an assignment",
    "stage_attachments": "an attachment",
    "stage_configuration_templates": "a stage of a template",
    "stage_execution_data": "the record of a stage visit",
    "ticket_parts_required": "a part on a ticket",
    "ticket_workflow_instances": "the workflow of a ticket",
    "workflow_ai_configuration": "an AI task of a stage",
    "workflow_stage_transitions": "a stage visit",
    "workflow_template_targets": "targets of a priority",
    "workflow_templates": "a workflow template",
}
"""One row of a table, with its article."""

COLUMNS = {
    "equipment_id": "unit",
    "equipment_type_id": "type of equipment",
    "identified_type_id": "type of equipment",
    "instance_id": "workflow",
    "transition_id": "stage visit",
    "opens": "opening time",
    "closes": "closing time",
    "sha256": "SHA-256 hash",
    "size_bytes": "size in bytes",
    "api_base_url": "address of the API",
    "api_key_variable": "variable with the API key",
    "udi": "UDI",
    "qr_token": "QR token",
    "cost_usd": "cost in US$",
    "reserved_usd": "amount set aside in US$",
    "maximum_cost_usd": "maximum cost in US$",
    "daily_spend_limit_usd": "daily limit in US$",
    "travel_distance_km": "travel distance in km",
}
"""Columns whose name does not say it in words by itself."""

KEY_LETTERS = "small letters, digits and underscores, beginning with a letter, such as ct_scanner"

COLUMN_RULES = {
    "must not be empty: leave it out if there is none": (
        "service_desk manufacturer_desk idempotency_key udi holiday_region required_certification latest_issue "
        "supplier purchase_order approved_by_code decided_by_code problem_code verified_cause verified_code "
        "verified_by_code identified_serial function_name request_id finish_reason error"
    ),
    "must not be empty": (
        "name code serial model workflow_id workflow_type description actor_code action certification "
        "issuing_organization certificate_number storage_key uploaded_by_code given_by_code trained_by_code summary "
        "root_cause reasoning"
    ),
    "must be more than 0": (
        "quantity quantity_identified version position visit monthly_capacity fallback_priority requests_per_minute "
        "tokens_per_minute context_window max_output_tokens rank size_bytes attempt cases"
    ),
    "must not be negative": (
        "stock_quantity reorder_level quantity_ordered quantity_received quantity_used quantity_returned "
        "quantity_wasted issues_raised consecutive_failures message_index input_tokens cached_input_tokens "
        "output_tokens last_sequence sequence lead_time estimated_lead_time latency elapsed reopened "
        "reopen_within tickets"
    ),
    "must be a number that is not negative": (
        "unit_price estimated_unit_price actual_unit_price travel_distance_km daily_spend_limit_usd input_price "
        "output_price cached_input_price cost_usd maximum_cost_usd reserved_usd"
    ),
    "must be longer than nothing": (
        "maintenance_interval lifespan response_target arrival_target parts_lead_time resolution_target "
        "target_duration target request_timeout"
    ),
    "must be between 0 and 100 percent": (
        "confidence quality_score overall_score expertise_score availability_score location_score performance_score "
        "workload_score minimum_confidence auto_complete_confidence completion_percentage"
    ),
    "must be a JSON object": (
        "actions forms facts test_results function_arguments correction template_snapshot calendar_snapshot parameters "
        "report"
    ),
    "must be a JSON list": (
        "required_actions completion_criteria hypotheses remote_fix_steps recommended_actions recommended_parts "
        "evidence detected_issues anomalies"
    ),
    "must not list an empty value": "synonyms models prerequisites flags strengths concerns providers",
    "must be 64 hexadecimal digits in small letters": "sha256 prompt_hash knowledge_hash",
    "must be a code of three capital letters, such as USD": "currency",
    "must be between -90 and 90 degrees": "latitude home_latitude",
    "must be between -180 and 180 degrees": "longitude home_longitude",
    "must be between 0 and 10": "customer_rating",
    "must be between 1 and 5": "rating",
    "must be between 1 and 100": "percent",
    "must be between 1 (Monday) and 7 (Sunday)": "weekday",
    "must be between 0 and 60": "years_of_experience",
    "must be before 24:00: midnight is 00:00": "opens closes",
    "must be at least 8 characters long": "qr_token",
    "must be like FC-2026-000123": "number",
    "must be codes of three capital letters": "product_codes",
    "must be a country's code of two capital letters, such as IN": "holiday_country",
    "must be capital letters, digits, points, slashes and hyphens, beginning with a letter or digit": "part_number",
    "must be the name of a file without a folder": "file_name",
    "must be a media type such as image/jpeg": "media_type",
    "must begin with http:// or https://": "api_base_url",
    "must be the name of an environment variable, never a key": "api_key_variable",
    "must be percentages from 1 to 100, at least one": "thresholds",
    f"must be {KEY_LETTERS}": "key",
    f"must be taken from {', '.join(InstalledContext)}": "contexts",
    f"must be taken from {', '.join(AiTask)}": "use_cases",
    f"must be taken from {', '.join(ClockKind)}": "pauses",
    "must be codes of reasons, with a comma and a blank between them": "hold_reason",
}
"""What a column must be, and the columns that it holds for in every table."""

_ANY_OF_A_MODEL = "must have capabilities of chat, structured_output, vision, function_calling"
_TWO_COORDINATES = "must have both latitude and longitude, or neither"
_VALID = "must end after it begins: valid_to later than valid_from"
_VERIFIED = "must have both a verified result and its date, or neither"
_DECIDED = "must have a date of decision exactly when its outcome is not pending"
_TIME_ORDER = "must not be decided or verified before it was proposed"
_CODE_OF_CAPITALS = "must have a code of capital letters, digits and hyphens, beginning with a letter, such as AIIMS-2"
_CODE_OF_SMALL_LETTERS = f"must have a code of {KEY_LETTERS}"

RULES = {
    "ai_attachment_analysis_time_order": _TIME_ORDER,
    "ai_attachment_analysis_verified": _VERIFIED,
    "ai_calls_ended": "must have an outcome exactly when it has ended, and no cost before",
    "ai_calls_time_order": "must not end before it began",
    "ai_conversations_cached_part": "must not have more cached input tokens than input tokens",
    "ai_conversations_function": "must name the function that its arguments are for",
    "ai_conversations_only_answers_cost": "must be an answer (role assistant) to have a cost: put it there",
    "ai_conversations_says_something": "must have a content, a function or an error",
    "ai_conversations_visit_of_ticket": "must name its ticket as well as the stage visit",
    "ai_diagnosis_results_decided": (
        "must say who decided, in which role and when, exactly when it was accepted, edited or refused"
    ),
    "ai_diagnosis_results_time_order": _TIME_ORDER,
    "ai_diagnosis_results_verified": f"{_VERIFIED}; a verified cause or code needs them",
    "ai_engineer_recommendations_decided": _DECIDED,
    "ai_engineer_recommendations_outcome": "must be selected before it can have fixed anything at the first visit",
    "ai_engineer_recommendations_time_order": _TIME_ORDER,
    "ai_feedback_one_subject": "must be about exactly one result",
    "ai_local_models_replaces_another": "must not replace itself: name the one before",
    "ai_models_capabilities_check": _ANY_OF_A_MODEL,
    "ai_models_default_is_active": "must be active to be the default",
    "ai_models_output_fits": "must not put out more tokens than its context window holds",
    "ai_parts_recommendations_decided": _DECIDED,
    "ai_parts_recommendations_not_itself": "must not name the part as an alternative to itself",
    "ai_parts_recommendations_time_order": _TIME_ORDER,
    "ai_providers_capabilities_check": _ANY_OF_A_MODEL,
    "ai_providers_circuit_opened": "must say since when its circuit is not closed, and only then",
    "ai_providers_circuit_retry": "must have a closed circuit or none of the moments to try an open one again",
    "ai_providers_code_check": _CODE_OF_SMALL_LETTERS,
    "audit_events_check": "must have a ticket and a sequence number, or neither",
    "business_calendars_check": _VALID,
    "business_calendars_code_check": "must have a code of small letters, digits and underscores, such as 24x7",
    "business_calendars_region_of_country": "must name the country of its holidays as well as the region",
    "customer_sites_check": _TWO_COORDINATES,
    "customer_sites_code_check": _CODE_OF_CAPITALS,
    "customers_code_check": _CODE_OF_CAPITALS,
    "engineer_absences_span": "must end after it begins",
    "engineer_certifications_expires": "must expire after the day of issue",
    "engineer_certifications_renewal": "must not be renewed before the day of issue",
    "engineer_certifications_renews_another": "must not renew itself: name the earlier one",
    "engineer_certifications_revoked": "must not be revoked before the day of issue",
    "engineer_equipment_expertise_capabilities_check": f"must have one or more capabilities of {', '.join(Capability)}",
    "engineers_check": f"{_TWO_COORDINATES}, for the home",
    "engineers_code_check": _CODE_OF_CAPITALS,
    "equipment_catalog_code_check": _CODE_OF_SMALL_LETTERS,
    "equipment_compatibility_not_itself": "must be another part",
    "equipment_registry_check": "must not have a warranty that ends before the installation",
    "equipment_registry_check1": "must not have a contract that ends before the installation",
    "hold_reasons_code_check": _CODE_OF_SMALL_LETTERS,
    "manufacturer_service_config_check": _VALID,
    "manufacturer_service_config_code_check": _CODE_OF_SMALL_LETTERS,
    "manufacturers_code_check": _CODE_OF_CAPITALS,
    "notifications_kind_check": _CODE_OF_SMALL_LETTERS,
    "notifications_told_one_way": "must have a kind and its facts, or a text of before with its subject",
    "service_tickets_ended": "must have the time of its end exactly when it is closed or cancelled",
    "service_tickets_held": "must have a reason, a beginning and a date to resume when it is on hold, and only then",
    "service_tickets_verified_whole": "must have a verified cause, who verified it and when, or none of them",
    "reconciliation_findings_time_order": "must be seen when it was found or later, and resolved after that",
    "reconciliation_rounds_time_order": "must begin, go on and end in this order",
    "service_tickets_time_order": "must not end before it was opened",
    "sla_clocks_time_order": "must not end before it was started",
    "sla_events_check": "must have a percentage exactly when it is a threshold",
    "sla_events_counted_reopening": "must be a reopening to count from an earlier moment",
    "sla_events_target_of_change": "must not have a target unless it is a start or a retarget",
    "sla_events_target_of_retarget": "must have a target when it is a retarget",
    "stage_assignments_ended": "must have an end exactly when it is not active",
    "stage_assignments_time_order": "must not end before it was made",
    "stage_assignments_travel": "must not have a travel distance when it is remote: make it onsite or hybrid",
    "stage_attachments_deleted": "must not be deleted, or asked to be deleted, before it was uploaded",
    "stage_attachments_retention": (
        "must be kept at least until the day of its upload, and say until when if it contains personal data"
    ),
    "stage_configuration_templates_check": "must not be its own prerequisite",
    "stage_execution_data_signed": "must have a signature before it has a date and a meaning of it",
    "ticket_parts_required_approved": "must say both who approved it and in which role, or neither",
    "ticket_parts_required_consumed": (
        "must not be used, returned and wasted in a larger quantity than was received: check the quantities"
    ),
    "ticket_parts_required_dated": "must have the date of every order, delivery and use that it has a quantity of",
    "ticket_parts_required_in_order": (
        "must be identified, requested, ordered, received and used in this order: check the dates, and that none of "
        "them is missing"
    ),
    "ticket_parts_required_lifecycle": (
        "must have the dates and quantities of its status and not those of a later one: check status, dates and "
        "quantities"
    ),
    "ticket_parts_required_received": "must not be received in a larger quantity than was ordered",
    "ticket_workflow_instances_ended": "must have an end exactly when it is not running",
    "ticket_workflow_instances_issues": "must name its latest issue, with the time, exactly when issues were raised",
    "ticket_workflow_instances_time_order": "must not end before it was started",
    "workflow_ai_configuration_thresholds": (
        "must not complete a stage by itself at a confidence below the minimum: raise the one or lower the other"
    ),
    "workflow_stage_transitions_finished": (
        "must say when it was finished, by whom and in which role when it is completed or skipped, and only then"
    ),
    "workflow_stage_transitions_journey": (
        "must not have a journey that began before the stage was entered, or that ended before it began"
    ),
    "workflow_stage_transitions_time_order": (
        "must have been entered when it is in progress, and must not be finished before it was entered"
    ),
    "workflow_template_targets_some": "must have one target at least",
    "workflow_templates_check": _VALID,
    "workflow_templates_code_check": _CODE_OF_SMALL_LETTERS,
}
"""What a row must be, for CHECKs of several columns, or of a column that has another rule in another table."""

CLASHES = {
    "ai_feedback_once_key": "this person has judged this result already: change that feedback",
    "ai_local_models_one_in_force": "another model of the local engine is in force: take that out of force first",
    "ai_models_one_default": "the provider has a default model already: take that from it first",
    "ai_diagnosis_results_session_id_key": "this request has a diagnosis already",
    "engineer_certifications_renews_id_key": "the certificate was renewed already: name the latest one",
    "engineer_equipment_expertise_scope_key": (
        "the engineer has an expertise for this type of equipment and make already: change that one"
    ),
    "equipment_compatibility_part_id_alternative_part_id_key": (
        "the part is an alternative to the other already: change that entry"
    ),
    "equipment_compatibility_one_interchangeable": (
        "the two parts are interchangeable already, which holds in both directions: change that entry"
    ),
    "equipment_parts_context_part_id_installed_context_key": "the part has an entry for this context already",
    "reconciliation_findings_open": "this is found about the ticket already: bring that finding up to date",
    "reconciliation_rounds_one_goes_on": "another round goes on: end that one first",
    "stage_assignments_one_primary": "the stage visit has a primary engineer already: release that one first",
    "stage_attachments_same_file_key": "the same file is attached there already",
    "ticket_parts_required_part_of_visit_key": (
        "the part is on the list of this stage visit already: change the quantity there"
    ),
}
"""Sentences for UNIQUE constraints and indexes that a key in words would say less well."""

OVERLAPS = {
    "business_calendar_hours_no_overlap": "the opening overlaps with another of the same calendar: change one of them",
    "engineer_absences_no_overlap": "the absence overlaps with another of the same engineer: change that one",
    "manufacturer_service_config_one_in_force": (
        "the service configuration overlaps with one in force for the same scope: end that one first, or begin later"
    ),
    "workflow_templates_one_in_force": (
        "the workflow template overlaps with one in force of the same scope and version: "
        "end that one first, begin later, or raise the version"
    ),
}
"""Sentences for exclusion constraints."""

_OTHER_TICKET = "belongs to another ticket, or is not on record: name one of the same ticket"

STRANGERS = {
    **{
        f"{table}_model_id_provider_id_fkey": "the AI model is not one of the provider: name a model of that provider"
        for table in (
            "ai_attachment_analysis",
            "ai_calls",
            "ai_conversations",
            "ai_diagnosis_results",
            "ai_engineer_recommendations",
            "ai_parts_recommendations",
        )
    },
    "ai_attachment_analysis_attachment_id_ticket_id_fkey": f"the attachment {_OTHER_TICKET}",
    "ai_feedback_attachment_analysis_id_ticket_id_fkey": f"the analysis {_OTHER_TICKET}",
    "ai_feedback_diagnosis_id_ticket_id_fkey": f"the diagnosis {_OTHER_TICKET}",
    "ai_feedback_engineer_recommendation_id_ticket_id_fkey": f"the recommendation {_OTHER_TICKET}",
    "ai_feedback_parts_recommendation_id_ticket_id_fkey": f"the recommendation {_OTHER_TICKET}",
    "engineer_certifications_renews_id_engineer_id_fkey": (
        "a certificate renews an earlier one of the same engineer: name one of theirs"
    ),
    "equipment_registry_site_id_customer_id_fkey": "the site is not one of the customer: name a site of that customer",
    "service_tickets_site_id_customer_id_fkey": "the site is not one of the customer: name a site of that customer",
    "workflow_ai_configuration_template_id_stage_key_fkey": "the template has no such stage: name one that it has",
}
"""Sentences for foreign keys over several columns, when what they point at is not there."""
