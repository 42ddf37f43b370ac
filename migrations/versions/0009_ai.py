"""AI: providers and models, every message, what was proposed and what became of it, which tasks run where."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TASKS = "'diagnosis', 'engineer_recommendation', 'parts_recommendation', 'attachment_analysis'"
ROLES = "'hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system'"
CONTEXTS = "'icu', 'ward', 'operating_room', 'emergency', 'imaging', 'laboratory'"

# What every answer of a model carries: where it belongs, who gave it, what it cost.
ANSWER = """
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        transition_id uuid REFERENCES workflow_stage_transitions (id),
        session_id uuid NOT NULL,
        provider_id uuid NOT NULL REFERENCES ai_providers (id),
        model_id uuid,
        proposed_at timestamptz NOT NULL,
"""
# Target of the keys that hold feedback to the ticket of what it is about.
OF_TICKET = "UNIQUE (id, ticket_id)"
OF_PROVIDER = "FOREIGN KEY (model_id, provider_id) REFERENCES ai_models (id, provider_id)"

STATEMENTS = (
    """
    CREATE TABLE ai_providers (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]*$'),
        name text NOT NULL UNIQUE CHECK (name <> ''),
        active boolean NOT NULL DEFAULT true,
        fallback_priority integer NOT NULL CHECK (fallback_priority > 0),
        api_base_url text CHECK (api_base_url ~ '^https?://'),
        api_key_variable text CHECK (api_key_variable ~ '^[A-Z][A-Z0-9_]*$'),
        capabilities text[] NOT NULL DEFAULT '{}' CHECK (
            array_position(capabilities, NULL) IS NULL
            AND capabilities <@ ARRAY['chat', 'structured_output', 'vision', 'function_calling']
        ),
        requests_per_minute integer CHECK (requests_per_minute > 0),
        tokens_per_minute integer CHECK (tokens_per_minute > 0),
        daily_spend_limit_usd numeric(12, 2) CHECK (daily_spend_limit_usd >= 0 AND daily_spend_limit_usd <> 'NaN'),
        request_timeout interval NOT NULL DEFAULT interval '60 seconds' CHECK (request_timeout > interval '0'),
        health text NOT NULL DEFAULT 'unknown' CHECK (health IN ('unknown', 'healthy', 'degraded', 'down')),
        circuit text NOT NULL DEFAULT 'closed' CHECK (circuit IN ('closed', 'open', 'half_open')),
        circuit_opened_at timestamptz,
        consecutive_failures integer NOT NULL DEFAULT 0 CHECK (consecutive_failures >= 0),
        last_checked_at timestamptz,
        last_error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        -- Deferred, so that two providers can change places in one transaction.
        UNIQUE (fallback_priority) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT ai_providers_circuit_opened CHECK ((circuit = 'closed') = (circuit_opened_at IS NULL))
    )
    """,
    f"""
    CREATE TABLE ai_models (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        provider_id uuid NOT NULL REFERENCES ai_providers (id),
        code text NOT NULL CHECK (code <> ''),
        name text NOT NULL CHECK (name <> ''),
        is_default boolean NOT NULL DEFAULT false,
        active boolean NOT NULL DEFAULT true,
        input_price numeric(12, 6) NOT NULL CHECK (input_price >= 0 AND input_price <> 'NaN'),
        output_price numeric(12, 6) NOT NULL CHECK (output_price >= 0 AND output_price <> 'NaN'),
        cached_input_price numeric(12, 6) CHECK (cached_input_price >= 0 AND cached_input_price <> 'NaN'),
        context_window integer CHECK (context_window > 0),
        max_output_tokens integer CHECK (max_output_tokens > 0),
        capabilities text[] NOT NULL DEFAULT '{{}}' CHECK (
            array_position(capabilities, NULL) IS NULL
            AND capabilities <@ ARRAY['chat', 'structured_output', 'vision', 'function_calling']
        ),
        use_cases text[] NOT NULL DEFAULT '{{}}' CHECK (
            array_position(use_cases, NULL) IS NULL AND use_cases <@ ARRAY[{TASKS}]
        ),
        retires_on date,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (provider_id, code),
        -- Target of the keys that hold an answer's model to its provider.
        UNIQUE (id, provider_id),
        CONSTRAINT ai_models_output_fits CHECK (max_output_tokens <= context_window),
        CONSTRAINT ai_models_default_is_active CHECK (active OR NOT is_default)
    )
    """,
    "CREATE UNIQUE INDEX ai_models_one_default ON ai_models (provider_id) WHERE is_default",
    f"""
    CREATE TABLE ai_conversations (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        session_id uuid NOT NULL,
        message_index integer NOT NULL CHECK (message_index >= 0),
        ticket_id uuid REFERENCES service_tickets (id),
        transition_id uuid REFERENCES workflow_stage_transitions (id),
        task text NOT NULL CHECK (task IN ({TASKS})),
        provider_id uuid NOT NULL REFERENCES ai_providers (id),
        model_id uuid,
        role text NOT NULL CHECK (role IN ('system', 'user', 'assistant', 'function')),
        content text NOT NULL DEFAULT '',
        function_name text CHECK (function_name <> ''),
        function_arguments jsonb CHECK (jsonb_typeof(function_arguments) = 'object'),
        input_tokens integer NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
        cached_input_tokens integer NOT NULL DEFAULT 0 CHECK (cached_input_tokens >= 0),
        output_tokens integer NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
        cost_usd numeric(14, 6) NOT NULL DEFAULT 0 CHECK (cost_usd >= 0 AND cost_usd <> 'NaN'),
        latency interval CHECK (latency >= interval '0'),
        request_id text CHECK (request_id <> ''),
        finish_reason text CHECK (finish_reason <> ''),
        prompt_hash text CHECK (prompt_hash ~ '^[0-9a-f]{{64}}$'),
        error text CHECK (error <> ''),
        occurred_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (session_id, message_index),
        {OF_PROVIDER},
        CONSTRAINT ai_conversations_visit_of_ticket CHECK (transition_id IS NULL OR ticket_id IS NOT NULL),
        CONSTRAINT ai_conversations_cached_part CHECK (cached_input_tokens <= input_tokens),
        CONSTRAINT ai_conversations_function CHECK (
            function_arguments IS NULL OR function_name IS NOT NULL
        ),
        CONSTRAINT ai_conversations_says_something CHECK (
            content <> '' OR function_name IS NOT NULL OR error IS NOT NULL
        )
    )
    """,
    # get_conversation_history() of a ticket.
    "CREATE INDEX ai_conversations_of_ticket ON ai_conversations (ticket_id, occurred_at)",
    # ai_cost_summary of a day, and what a provider has cost today.
    """
    CREATE INDEX ai_conversations_spend ON ai_conversations (((occurred_at AT TIME ZONE 'UTC')::date), provider_id)
        WHERE role = 'assistant'
    """,
    f"""
    CREATE TABLE ai_diagnosis_results (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        {ANSWER.strip()}
        summary text NOT NULL CHECK (summary <> ''),
        confidence numeric(5, 2) NOT NULL CHECK (confidence BETWEEN 0 AND 100),
        root_cause text NOT NULL CHECK (root_cause <> ''),
        hypotheses jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(hypotheses) = 'array'),
        issue_category text NOT NULL CHECK (
            issue_category IN (
                'mechanical', 'electrical', 'electronic', 'software', 'sensor', 'consumable', 'network', 'calibration',
                'use_error', 'environment', 'unknown'
            )
        ),
        severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
        problem_code text CHECK (problem_code <> ''),
        support_level text NOT NULL CHECK (support_level IN ('L1', 'L2', 'L3')),
        remote_fix_possible boolean NOT NULL,
        remote_fix_steps jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(remote_fix_steps) = 'array'),
        recommended_actions jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(recommended_actions) = 'array'),
        recommended_parts jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(recommended_parts) = 'array'),
        evidence jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(evidence) = 'array'),
        flags text[] NOT NULL DEFAULT '{{}}' CHECK (array_position(flags, NULL) IS NULL),
        prompt_hash text CHECK (prompt_hash ~ '^[0-9a-f]{{64}}$'),
        status text NOT NULL DEFAULT 'proposed' CHECK (
            status IN ('proposed', 'accepted', 'edited', 'refused', 'superseded')
        ),
        decided_by_code text CHECK (decided_by_code <> ''),
        decided_by_role text CHECK (decided_by_role IN ({ROLES})),
        decided_at timestamptz,
        was_correct boolean,
        verified_cause text CHECK (verified_cause <> ''),
        verified_code text CHECK (verified_code <> ''),
        verified_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (session_id),
        {OF_TICKET},
        {OF_PROVIDER},
        CONSTRAINT ai_diagnosis_results_decided CHECK (
            num_nonnulls(decided_by_code, decided_by_role, decided_at)
                = CASE WHEN status IN ('accepted', 'edited', 'refused') THEN 3 ELSE 0 END
        ),
        CONSTRAINT ai_diagnosis_results_verified CHECK (
            (was_correct IS NULL) = (verified_at IS NULL)
            AND (verified_at IS NOT NULL OR num_nonnulls(verified_cause, verified_code) = 0)
        )
    )
    """,
    # get_ai_diagnosis(): newest first.
    "CREATE INDEX ai_diagnosis_results_of_ticket ON ai_diagnosis_results (ticket_id, proposed_at DESC)",
    # calculate_ai_accuracy() of a period.
    "CREATE INDEX ai_diagnosis_results_proposed ON ai_diagnosis_results (proposed_at)",
    f"""
    CREATE TABLE ai_engineer_recommendations (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        {ANSWER.strip()}
        engineer_id uuid NOT NULL REFERENCES engineers (id),
        rank integer NOT NULL CHECK (rank > 0),
        overall_score numeric(5, 2) NOT NULL CHECK (overall_score BETWEEN 0 AND 100),
        expertise_score numeric(5, 2) NOT NULL CHECK (expertise_score BETWEEN 0 AND 100),
        availability_score numeric(5, 2) NOT NULL CHECK (availability_score BETWEEN 0 AND 100),
        location_score numeric(5, 2) NOT NULL CHECK (location_score BETWEEN 0 AND 100),
        performance_score numeric(5, 2) NOT NULL CHECK (performance_score BETWEEN 0 AND 100),
        workload_score numeric(5, 2) NOT NULL CHECK (workload_score BETWEEN 0 AND 100),
        reasoning text NOT NULL CHECK (reasoning <> ''),
        strengths text[] NOT NULL DEFAULT '{{}}' CHECK (array_position(strengths, NULL) IS NULL),
        concerns text[] NOT NULL DEFAULT '{{}}' CHECK (array_position(concerns, NULL) IS NULL),
        outcome text NOT NULL DEFAULT 'pending' CHECK (outcome IN ('pending', 'selected', 'not_selected', 'declined')),
        decided_at timestamptz,
        fixed_at_first_visit boolean,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (session_id, rank),
        UNIQUE (session_id, engineer_id),
        {OF_TICKET},
        {OF_PROVIDER},
        CONSTRAINT ai_engineer_recommendations_decided CHECK ((outcome = 'pending') = (decided_at IS NULL)),
        CONSTRAINT ai_engineer_recommendations_outcome CHECK (fixed_at_first_visit IS NULL OR outcome = 'selected')
    )
    """,
    # get_ai_engineer_recommendations().
    """
    CREATE INDEX ai_engineer_recommendations_of_ticket
        ON ai_engineer_recommendations (ticket_id, proposed_at DESC, rank)
    """,
    f"""
    CREATE TABLE ai_parts_recommendations (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        {ANSWER.strip()}
        part_id uuid NOT NULL REFERENCES equipment_parts (id),
        alternative_to_part_id uuid REFERENCES equipment_parts (id),
        rank integer NOT NULL CHECK (rank > 0),
        confidence numeric(5, 2) NOT NULL CHECK (confidence BETWEEN 0 AND 100),
        quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
        installed_context text CHECK (installed_context IN ({CONTEXTS})),
        is_oem boolean NOT NULL,
        lead_time interval CHECK (lead_time >= interval '0'),
        reasoning text NOT NULL CHECK (reasoning <> ''),
        outcome text NOT NULL DEFAULT 'pending' CHECK (
            outcome IN ('pending', 'accepted', 'rejected', 'used', 'not_used')
        ),
        decided_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (session_id, rank),
        UNIQUE (session_id, part_id),
        {OF_TICKET},
        {OF_PROVIDER},
        CONSTRAINT ai_parts_recommendations_decided CHECK ((outcome = 'pending') = (decided_at IS NULL)),
        CONSTRAINT ai_parts_recommendations_not_itself CHECK (alternative_to_part_id <> part_id)
    )
    """,
    # get_ai_parts_recommendations().
    """
    CREATE INDEX ai_parts_recommendations_of_ticket ON ai_parts_recommendations (ticket_id, proposed_at DESC, rank)
    """,
    f"""
    CREATE TABLE ai_attachment_analysis (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        {ANSWER.strip()}
        attachment_id uuid NOT NULL,
        summary text NOT NULL CHECK (summary <> ''),
        confidence numeric(5, 2) NOT NULL CHECK (confidence BETWEEN 0 AND 100),
        detected_issues jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(detected_issues) = 'array'),
        anomalies jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(anomalies) = 'array'),
        quality_score numeric(5, 2) CHECK (quality_score BETWEEN 0 AND 100),
        is_blurry boolean,
        is_dark boolean,
        extracted_text text,
        identified_type_id uuid REFERENCES equipment_catalog (id),
        identified_serial text CHECK (identified_serial <> ''),
        was_correct boolean,
        verified_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (session_id, attachment_id),
        {OF_TICKET},
        FOREIGN KEY (attachment_id, ticket_id) REFERENCES stage_attachments (id, ticket_id),
        {OF_PROVIDER},
        CONSTRAINT ai_attachment_analysis_verified CHECK ((was_correct IS NULL) = (verified_at IS NULL))
    )
    """,
    # get_stage_attachments(): the newest analysis of each.
    "CREATE INDEX ai_attachment_analysis_of_attachment ON ai_attachment_analysis (attachment_id, proposed_at DESC)",
    f"""
    CREATE TABLE ai_feedback (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        diagnosis_id uuid,
        engineer_recommendation_id uuid,
        parts_recommendation_id uuid,
        attachment_analysis_id uuid,
        kind text NOT NULL CHECK (kind IN ('human', 'outcome')),
        given_by_code text NOT NULL CHECK (given_by_code <> ''),
        given_by_role text NOT NULL CHECK (given_by_role IN ({ROLES})),
        given_at timestamptz NOT NULL,
        was_accurate boolean NOT NULL,
        rating smallint CHECK (rating BETWEEN 1 AND 5),
        correction jsonb CHECK (jsonb_typeof(correction) = 'object'),
        comments text NOT NULL DEFAULT '',
        training_priority text NOT NULL DEFAULT 'normal' CHECK (
            training_priority IN ('low', 'normal', 'high', 'critical')
        ),
        used_for_training_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        FOREIGN KEY (diagnosis_id, ticket_id) REFERENCES ai_diagnosis_results (id, ticket_id),
        FOREIGN KEY (engineer_recommendation_id, ticket_id) REFERENCES ai_engineer_recommendations (id, ticket_id),
        FOREIGN KEY (parts_recommendation_id, ticket_id) REFERENCES ai_parts_recommendations (id, ticket_id),
        FOREIGN KEY (attachment_analysis_id, ticket_id) REFERENCES ai_attachment_analysis (id, ticket_id),
        CONSTRAINT ai_feedback_one_subject CHECK (
            num_nonnulls(diagnosis_id, engineer_recommendation_id, parts_recommendation_id, attachment_analysis_id) = 1
        ),
        CONSTRAINT ai_feedback_once_key UNIQUE NULLS NOT DISTINCT (
            diagnosis_id, engineer_recommendation_id, parts_recommendation_id, attachment_analysis_id, kind,
            given_by_code
        )
    )
    """,
    # Training: corrections that were not used yet, the most urgent first.
    """
    CREATE INDEX ai_feedback_to_learn ON ai_feedback (training_priority, given_at) WHERE used_for_training_at IS NULL
    """,
    f"""
    CREATE TABLE workflow_ai_configuration (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        template_id uuid NOT NULL REFERENCES workflow_templates (id),
        stage_key text NOT NULL,
        task text NOT NULL CHECK (task IN ({TASKS})),
        enabled boolean NOT NULL DEFAULT true,
        providers text[] NOT NULL DEFAULT '{{}}' CHECK (array_position(providers, NULL) IS NULL),
        minimum_confidence numeric(5, 2) NOT NULL DEFAULT 0 CHECK (minimum_confidence BETWEEN 0 AND 100),
        auto_complete_confidence numeric(5, 2) CHECK (auto_complete_confidence BETWEEN 0 AND 100),
        raises_priority boolean NOT NULL DEFAULT false,
        maximum_cost_usd numeric(12, 6) CHECK (maximum_cost_usd >= 0 AND maximum_cost_usd <> 'NaN'),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (template_id, stage_key, task),
        FOREIGN KEY (template_id, stage_key) REFERENCES stage_configuration_templates (template_id, key)
            ON UPDATE CASCADE ON DELETE CASCADE,
        CONSTRAINT workflow_ai_configuration_thresholds CHECK (auto_complete_confidence >= minimum_confidence)
    )
    """,
    "COMMENT ON TABLE ai_providers IS "
    "'Who answers AI requests, in which order, within which limits, and how they are.'",
    "COMMENT ON TABLE ai_models IS "
    "'Models of a provider: prices in US$ per 1M tokens, windows, what they are good for.'",
    "COMMENT ON TABLE ai_conversations IS 'Every message to and from a model, with tokens, cost and latency.'",
    "COMMENT ON TABLE ai_diagnosis_results IS "
    "'What a model holds to be the fault, what a person decided, what proved true.'",
    "COMMENT ON TABLE ai_engineer_recommendations IS "
    "'Engineers that were proposed, ranked, with scores and the outcome.'",
    "COMMENT ON TABLE ai_parts_recommendations IS 'Parts that were proposed, ranked, with confidence and the outcome.'",
    "COMMENT ON TABLE ai_attachment_analysis IS 'What was seen in a picture: issues, text, quality, the unit itself.'",
    "COMMENT ON TABLE ai_feedback IS 'What people, or the outcome at sign-off, say about one AI result.'",
    "COMMENT ON TABLE workflow_ai_configuration IS "
    "'Which AI tasks run in which stage of a template, and what they may do.'",
    "COMMENT ON COLUMN ai_providers.api_key_variable IS 'The environment variable with the key; never the key itself.'",
    "COMMENT ON COLUMN ai_providers.fallback_priority IS '1 is asked first.'",
    "COMMENT ON COLUMN ai_models.input_price IS 'US$ per 1M input tokens.'",
    "COMMENT ON COLUMN ai_models.output_price IS 'US$ per 1M output tokens.'",
    "COMMENT ON COLUMN ai_models.cached_input_price IS 'US$ per 1M cached input tokens; NULL: as input_price.'",
    "COMMENT ON COLUMN ai_conversations.session_id IS 'One request with everything that was said for it.'",
    "COMMENT ON COLUMN ai_diagnosis_results.confidence IS 'Percent, 0 to 100.'",
    "COMMENT ON COLUMN ai_diagnosis_results.was_correct IS 'What sign-off verified; NULL: not verified.'",
    "COMMENT ON COLUMN ai_diagnosis_results.flags IS "
    "'What is odd about the request, such as instructions in a description.'",
    "COMMENT ON COLUMN ai_feedback.kind IS 'human: somebody judged it; outcome: sign-off proved or disproved it.'",
    "COMMENT ON COLUMN workflow_ai_configuration.providers IS "
    "'Codes in the order to ask; empty: by fallback_priority.'",
    "COMMENT ON COLUMN workflow_ai_configuration.minimum_confidence IS 'Below it a result is shown as uncertain.'",
    "COMMENT ON COLUMN workflow_ai_configuration.auto_complete_confidence IS "
    "'At or above it the result may complete the stage by itself; NULL: never.'",
)
CHANGING = (
    "ai_providers",
    "ai_models",
    "ai_conversations",
    "ai_diagnosis_results",
    "ai_engineer_recommendations",
    "ai_parts_recommendations",
    "ai_attachment_analysis",
    "ai_feedback",
    "workflow_ai_configuration",
)
OF_A_VISIT = (
    "ai_conversations",
    "ai_diagnosis_results",
    "ai_engineer_recommendations",
    "ai_parts_recommendations",
    "ai_attachment_analysis",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in CHANGING:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
    for table in OF_A_VISIT:
        op.execute(
            f"CREATE TRIGGER check_visit_of_ticket BEFORE INSERT OR UPDATE OF ticket_id, transition_id ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION check_visit_of_ticket()"
        )
