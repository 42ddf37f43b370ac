-- What was said to and by models about a ticket (or in one session of it), in order. Where there is more than p_limit,
-- the newest messages; NULL: all of them. cost_usd is NULL where nobody knows it: up to reserved_usd then.
CREATE OR REPLACE FUNCTION get_conversation_history(
    p_ticket_id uuid, p_session_id uuid DEFAULT NULL, p_limit integer DEFAULT 200
)
RETURNS TABLE (
    session_id uuid,
    message_index integer,
    occurred_at timestamptz,
    stage_key text,
    visit integer,
    task text,
    provider_code text,
    model_code text,
    role text,
    content text,
    function_name text,
    function_arguments jsonb,
    input_tokens integer,
    cached_input_tokens integer,
    output_tokens integer,
    cost_usd numeric,
    reserved_usd numeric,
    latency interval,
    finish_reason text,
    error text,
    request_id text,
    prompt_hash text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        c.session_id,
        c.message_index,
        c.occurred_at,
        v.stage_key,
        v.visit,
        c.task,
        p.code,
        m.code,
        c.role,
        c.content,
        c.function_name,
        c.function_arguments,
        c.input_tokens,
        c.cached_input_tokens,
        c.output_tokens,
        CASE WHEN k.reserved_usd IS NULL THEN c.cost_usd END,
        k.reserved_usd,
        c.latency,
        c.finish_reason,
        c.error,
        c.request_id,
        c.prompt_hash
    FROM (
        SELECT one.*
        FROM ai_conversations AS one
        WHERE one.ticket_id = p_ticket_id AND (p_session_id IS NULL OR one.session_id = p_session_id)
        ORDER BY one.occurred_at DESC, one.session_id DESC, one.message_index DESC
        LIMIT p_limit
    ) AS c
    JOIN ai_providers AS p ON p.id = c.provider_id
    LEFT JOIN ai_models AS m ON m.id = c.model_id
    LEFT JOIN LATERAL (
        SELECT one.reserved_usd
        FROM ai_calls AS one
        WHERE c.role = 'assistant'
            AND one.session_id = c.session_id
            AND one.ended_at = c.occurred_at
            AND one.cost_usd IS NULL
        LIMIT 1
    ) AS k ON true
    LEFT JOIN workflow_stage_transitions AS v ON v.id = c.transition_id
    ORDER BY c.occurred_at, c.session_id, c.message_index
$$;

COMMENT ON FUNCTION get_conversation_history(uuid, uuid, integer) IS
    'Messages to and from models about a ticket in order, with tokens, cost and latency; the newest p_limit.';
