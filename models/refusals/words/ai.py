"""AI's tables: providers, calls, results, feedback."""

from __future__ import annotations

from models.refusals.words.kind import (
    AMOUNT,
    CODE_OF_SMALL_LETTERS,
    DURATION,
    JSON_LIST,
    JSON_OBJECT,
    NO_EMPTY_ENTRY,
    NOT_NEGATIVE,
    OPTIONAL_TEXT,
    PERCENT,
    POSITIVE,
    SHA256,
    TEXT,
    Words,
)
from models.vocabulary.ai import AiTask

_ANY_OF_A_MODEL = "must have capabilities of chat, structured_output, vision, function_calling"
_VERIFIED = "must have both a verified result and its date, or neither"
_DECIDED = "must have a date of decision exactly when its outcome is not pending"
_TIME_ORDER = "must not be decided or verified before it was proposed"
_OTHER_TICKET = "belongs to another ticket, or is not on record: name one of the same ticket"

WORDS = Words(
    tables={
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
        "workflow_ai_configuration": "an AI task of a stage",
    },
    columns={
        "identified_type_id": "type of equipment",
        "api_base_url": "address of the API",
        "api_key_variable": "variable with the API key",
        "cost_usd": "cost in US$",
        "reserved_usd": "amount set aside in US$",
        "maximum_cost_usd": "maximum cost in US$",
        "daily_spend_limit_usd": "daily limit in US$",
    },
    column_rules={
        OPTIONAL_TEXT: "decided_by_code problem_code identified_serial function_name request_id finish_reason error",
        TEXT: "given_by_code trained_by_code summary root_cause reasoning",
        POSITIVE: (
            "fallback_priority requests_per_minute tokens_per_minute context_window "
            "max_output_tokens rank attempt cases"
        ),
        NOT_NEGATIVE: "consecutive_failures message_index input_tokens cached_input_tokens output_tokens latency",
        AMOUNT: (
            "daily_spend_limit_usd input_price output_price cached_input_price cost_usd maximum_cost_usd reserved_usd"
        ),
        DURATION: "request_timeout",
        PERCENT: (
            "confidence overall_score expertise_score availability_score location_score "
            "performance_score workload_score minimum_confidence auto_complete_confidence"
        ),
        JSON_OBJECT: "function_arguments correction parameters report",
        JSON_LIST: (
            "hypotheses remote_fix_steps recommended_actions recommended_parts evidence detected_issues anomalies"
        ),
        NO_EMPTY_ENTRY: "flags strengths concerns providers",
        SHA256: "prompt_hash knowledge_hash",
        "must be between 1 and 5": "rating",
        "must begin with http:// or https://": "api_base_url",
        "must be the name of an environment variable, never a key": "api_key_variable",
        f"must be taken from {', '.join(AiTask)}": "use_cases",
    },
    rules={
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
        "ai_engineer_recommendations_outcome": (
            "must be selected or accepted before it can have fixed anything at the first visit"
        ),
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
        "ai_providers_code_check": CODE_OF_SMALL_LETTERS,
        "workflow_ai_configuration_weights_check": (
            "must be an object of numbers from 0 to 1000: expertise, availability, location, performance, workload"
        ),
        "workflow_ai_configuration_thresholds": (
            "must not complete a stage by itself at a confidence below the minimum: raise the one or lower the other"
        ),
    },
    clashes={
        "ai_engineer_recommendations_current": "the visit has a recommendation that counts: supersede that first",
        "ai_feedback_once_key": "this person has judged this result already: change that feedback",
        "ai_local_models_one_in_force": "another model of the local engine is in force: take that out of force first",
        "ai_models_one_default": "the provider has a default model already: take that from it first",
        "ai_diagnosis_results_session_id_key": "this request has a diagnosis already",
    },
    strangers={
        **{
            f"{table}_model_id_provider_id_fkey": (
                "the AI model is not one of the provider: name a model of that provider"
            )
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
        "workflow_ai_configuration_template_id_stage_key_fkey": "the template has no such stage: name one that it has",
    },
)
