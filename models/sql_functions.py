"""The SQL functions that Python may call: a closed list, so that a name in a statement is never somebody's input."""

from __future__ import annotations

from enum import StrEnum


class SqlFunction(StrEnum):
    """Every SQL function that may be called from Python; `migrations/sql/functions` has a file for each."""

    ADD_PASSKEY = "add_passkey"
    ADMINISTER_ACCOUNT = "administer_account"
    ADMINISTER_WEBHOOK = "administer_webhook"
    AGREED_TERMS = "agreed_terms"
    AI_PROVIDER_SETTINGS = "ai_provider_settings"
    APPLY_TICKET_FACTS = "apply_ticket_facts"
    AUDIT_HORIZON = "audit_horizon"
    BEGIN_AI_CALL = "begin_ai_call"
    ANNOUNCE_PASSWORD = "announce_password"  # noqa: S105
    BEGIN_DISPATCH_DRAFT = "begin_dispatch_draft"
    BEGIN_IDENTITY_SIGN_IN = "begin_identity_sign_in"
    BEGIN_PASSKEY = "begin_passkey"
    BEGIN_PASSKEY_SIGN_IN = "begin_passkey_sign_in"
    BEGIN_SIGN_IN = "begin_sign_in"
    BEGIN_WEBHOOK = "begin_webhook"
    CALCULATE_AI_ACCURACY = "calculate_ai_accuracy"
    ASSIGNMENT_CASE = "assignment_case"
    CAN_STAGE_START = "can_stage_start"
    CHANGE_ACCOUNT = "change_account"
    CHANGE_ACCOUNT_PASSWORD = "change_account_password"  # noqa: S105
    CHANGE_WEBHOOK = "change_webhook"
    CHECK_ENGINEER_AVAILABILITY = "check_engineer_availability"
    CHECK_PART_COMPATIBILITY = "check_part_compatibility"
    CLOSED_TICKETS = "closed_tickets"
    COUNT_AUDIT_ENTRIES = "count_audit_entries"
    DISPATCH_PROBLEM = "dispatch_problem"
    DUE_WEBHOOKS = "due_webhooks"
    END_DISPATCH_DRAFT = "end_dispatch_draft"
    END_LOGINS = "end_logins"
    ENGINEER_CASE = "engineer_case"
    ENGINEER_SHIFTS = "engineer_shifts"
    FIND_AUDIT_BREAKS = "find_audit_breaks"
    FIND_CALENDAR = "find_calendar"
    FIND_DISPATCH_PLAN = "find_dispatch_plan"
    FIND_ENGINEER = "find_engineer"
    FIND_PASSKEY = "find_passkey"
    FIND_RECORD_DIFFERENCES = "find_record_differences"
    FIND_SIMILAR_TICKETS = "find_similar_tickets"
    FIND_TICKET = "find_ticket"
    FIND_TICKET_WORKFLOW = "find_ticket_workflow"
    FORGET_WEBHOOKS = "forget_webhooks"
    GET_ACTIVE_STAGE = "get_active_stage"
    GET_AI_DIAGNOSIS = "get_ai_diagnosis"
    GET_AI_ENGINEER_RECOMMENDATIONS = "get_ai_engineer_recommendations"
    GET_AI_PARTS_RECOMMENDATIONS = "get_ai_parts_recommendations"
    GET_COMPATIBLE_PARTS = "get_compatible_parts"
    GET_CONTEXT_SPECIFIC_PARTS = "get_context_specific_parts"
    GET_CONVERSATION_HISTORY = "get_conversation_history"
    GET_DISPATCH_DRAFT = "get_dispatch_draft"
    GET_DISPATCH_PLAN = "get_dispatch_plan"
    GET_ENGINEER_CERTIFICATIONS = "get_engineer_certifications"
    GET_ENGINEER_EXPERTISE = "get_engineer_expertise"
    GET_PARTS_BY_EQUIPMENT = "get_parts_by_equipment"
    GET_QUALIFIED_ENGINEERS = "get_qualified_engineers"
    OFFER_CANDIDATES = "offer_candidates"
    LIST_OFFERS = "list_offers"
    LIST_VISITS = "list_visits"
    GET_RECONCILIATION = "get_reconciliation"
    GET_SERVICE_CONFIGURATION = "get_service_configuration"
    GET_STAGE_ATTACHMENTS = "get_stage_attachments"
    GET_STAGE_ENGINEERS = "get_stage_engineers"
    GET_STAGE_EXECUTION_SUMMARY = "get_stage_execution_summary"
    GET_STAGE_PARTS = "get_stage_parts"
    GET_TICKET = "get_ticket"
    GET_WORKFLOW_STATUS = "get_workflow_status"
    GIVE_APPROVAL = "give_approval"
    IMPORT_EQUIPMENT = "import_equipment"
    IMPORT_REGISTRY_PARTIES = "import_registry_parties"
    ISSUE_ACCOUNT_TOKEN = "issue_account_token"  # noqa: S105
    ISSUE_SIGNING_LINK = "issue_signing_link"
    KEEP_DISPATCH_STEPS = "keep_dispatch_steps"
    KNOWN_ACTOR = "known_actor"
    KNOWN_SLA_TERMS = "known_sla_terms"
    LIST_ACCOUNTS = "list_accounts"
    LIST_ACCOUNT_IDENTITIES = "list_account_identities"
    LIST_ACCOUNT_PASSKEYS = "list_account_passkeys"
    LIST_ACCOUNT_TOKENS = "list_account_tokens"
    LIST_APPROVALS = "list_approvals"
    LIST_AI_PROVIDERS = "list_ai_providers"
    LIST_ENGINEERS = "list_engineers"
    LIST_SIGNATURES = "list_signatures"
    LIST_SIGNING_LINKS = "list_signing_links"
    LIST_TICKETS = "list_tickets"
    LIST_UNITS = "list_units"
    LIST_WEBHOOKS = "list_webhooks"
    LOCAL_MODEL_IN_FORCE = "local_model_in_force"
    NAME_AUDIT_SUBJECT = "name_audit_subject"
    OPEN_FINDINGS = "open_findings"
    OPEN_SIGNING_LINK = "open_signing_link"
    PERFORMERS_OF_TICKETS = "performers_of_tickets"
    PREPARE_AI_QUESTION = "prepare_ai_question"
    PREPARE_INTAKE = "prepare_intake"
    PUT_BACK_LOCAL_MODEL = "put_back_local_model"
    PUT_LOCAL_MODEL = "put_local_model"
    QUEUE_WEBHOOKS = "queue_webhooks"
    READ_ACCOUNT_LOG = "read_account_log"
    READ_AUDIT_CHAINS = "read_audit_chains"
    READ_AUDIT_ENTRIES = "read_audit_entries"
    READ_AUDIT_LOG = "read_audit_log"
    READ_AUDIT_SEALS = "read_audit_seals"
    READ_MOVES = "read_moves"
    READ_TICKET_ENTRIES = "read_ticket_entries"
    READ_TICKET_FACTS = "read_ticket_facts"
    READ_WEBHOOK_LOG = "read_webhook_log"
    RECORD_AI_CALL = "record_ai_call"
    RECORD_AI_CHECK = "record_ai_check"
    RECORD_DISPATCH_OUTCOME = "record_dispatch_outcome"
    RECORD_DISPATCH_PLAN = "record_dispatch_plan"
    RECORD_LATE_REFUSAL = "record_late_refusal"
    RECORD_RECONCILIATION = "record_reconciliation"
    RECORD_TICKET_OPENING = "record_ticket_opening"
    RECORD_WEBHOOK_ATTEMPT = "record_webhook_attempt"
    REMOVE_PASSKEY = "remove_passkey"
    RESEMBLING_TICKETS = "resembling_tickets"
    RESEMBLING_UNITS = "resembling_units"
    REVOKE_PRESENTED_TOKEN = "revoke_presented_token"  # noqa: S105
    REVOKE_SIGNING_LINK = "revoke_signing_link"
    SEAL_AUDIT_TRAIL = "seal_audit_trail"
    SELECT_WORKFLOW_TEMPLATE = "select_workflow_template"
    SET_ACCOUNT_PASSWORD = "set_account_password"  # noqa: S105
    SIGN_BY_LINK = "sign_by_link"
    SIGN_BY_PASSWORD = "sign_by_password"  # noqa: S105
    SIGN_IN = "sign_in"
    SIGN_IN_BY_IDENTITY = "sign_in_by_identity"
    SIGN_IN_BY_PASSKEY = "sign_in_by_passkey"
    START_WORKFLOW = "start_workflow"
    TAKE_IDENTITY_STATE = "take_identity_state"
    TAKE_TICKET_NUMBER = "take_ticket_number"
    TELL_MOVES = "tell_moves"
    TEMPLATE_OF_TICKET = "template_of_ticket"
    TICKETS_BY_ID = "tickets_by_id"
    TICKETS_OF_WORKFLOWS = "tickets_of_workflows"
    TICKETS_TO_RECONCILE = "tickets_to_reconcile"
    TICKET_ACCESS = "ticket_access"
    TRANSITION_TO_NEXT_STAGE = "transition_to_next_stage"
    UNIT_ACCESS = "unit_access"
    UNSETTLED_AI_CALLS = "unsettled_ai_calls"
    USE_ACCOUNT_LINK = "use_account_link"
    USE_APPROVAL = "use_approval"
    VERIFIED_SPLIT = "verified_split"
    VERIFIED_TICKETS = "verified_tickets"
    VERIFY_ACCOUNT_TOKEN = "verify_account_token"  # noqa: S105
    ADMINISTER_REGISTRY = "administer_registry"
    CHANGE_REGISTRY = "change_registry"
    ADMINISTER_STOCK = "administer_stock"
    CHANGE_STOCK = "change_stock"
    FIND_STOCK_BREAKS = "find_stock_breaks"
    LIST_STOCK = "list_stock"
    LIST_STOCK_PLACES = "list_stock_places"
    PROPOSE_REORDERS = "propose_reorders"
    READ_STOCK = "read_stock"
    LIST_REGISTRY = "list_registry"
    READ_REGISTRY = "read_registry"
    READ_REGISTRY_HISTORY = "read_registry_history"
    REGISTRY_CHOICES = "registry_choices"
    WEBHOOKS_TO_TELL = "webhooks_to_tell"


JSON_RESULTS = frozenset(
    {
        SqlFunction.ASSIGNMENT_CASE,
        SqlFunction.ENGINEER_CASE,
        SqlFunction.ENGINEER_SHIFTS,
        SqlFunction.ADMINISTER_REGISTRY,
        SqlFunction.ADMINISTER_STOCK,
        SqlFunction.CHANGE_STOCK,
        SqlFunction.READ_STOCK,
        SqlFunction.ADMINISTER_ACCOUNT,
        SqlFunction.ADMINISTER_WEBHOOK,
        SqlFunction.AGREED_TERMS,
        SqlFunction.BEGIN_AI_CALL,
        SqlFunction.BEGIN_PASSKEY,
        SqlFunction.BEGIN_WEBHOOK,
        SqlFunction.CHANGE_REGISTRY,
        SqlFunction.CHANGE_ACCOUNT,
        SqlFunction.CHANGE_WEBHOOK,
        SqlFunction.DISPATCH_PROBLEM,
        SqlFunction.FIND_CALENDAR,
        SqlFunction.GET_DISPATCH_DRAFT,
        SqlFunction.GET_DISPATCH_PLAN,
        SqlFunction.GET_TICKET,
        SqlFunction.ISSUE_SIGNING_LINK,
        SqlFunction.KNOWN_SLA_TERMS,
        SqlFunction.LOCAL_MODEL_IN_FORCE,
        SqlFunction.OPEN_SIGNING_LINK,
        SqlFunction.PREPARE_AI_QUESTION,
        SqlFunction.PREPARE_INTAKE,
        SqlFunction.READ_REGISTRY,
        SqlFunction.READ_TICKET_FACTS,
        SqlFunction.REGISTRY_CHOICES,
        SqlFunction.SIGN_BY_LINK,
        SqlFunction.SIGN_BY_PASSWORD,
        SqlFunction.SIGN_IN,
        SqlFunction.SIGN_IN_BY_IDENTITY,
        SqlFunction.SIGN_IN_BY_PASSKEY,
        SqlFunction.TEMPLATE_OF_TICKET,
        SqlFunction.TICKET_ACCESS,
        SqlFunction.UNIT_ACCESS,
        SqlFunction.USE_APPROVAL,
        SqlFunction.VERIFY_ACCOUNT_TOKEN,
    }
)
"""Functions that return one JSON document: it is left as text, so that it is parsed once, by whoever needs it."""
