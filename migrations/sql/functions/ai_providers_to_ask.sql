-- requires: ai_model_for, ai_spend
-- Whom to ask for a task now, in order: by p_order (codes; others are not asked), or by fallback priority where it is
-- empty. Of the providers in use, those that are configured (p_configured: a worker has the key) and have a model for the
-- task. passed_over says why not to ask one now: circuit_open (not before retry_at), spend_limit (of the UTC day).
-- It only looks: begin_ai_call() decides, when a request is about to be sent.
CREATE OR REPLACE FUNCTION ai_providers_to_ask(
    p_task text, p_configured text[], p_order text[] DEFAULT '{}', p_vision boolean DEFAULT false,
    p_at timestamptz DEFAULT now()
)
RETURNS TABLE (code text, request_timeout interval, passed_over text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        p.code,
        p.request_timeout,
        CASE
            WHEN p.circuit <> 'closed' AND p.circuit_retry_at > p_at THEN 'circuit_open'
            WHEN p.daily_spend_limit_usd IS NOT NULL AND (m.input_price > 0 OR m.output_price > 0)
                AND (SELECT s.spent_usd + s.reserved_usd FROM ai_spend(p.id, p_at) AS s) >= p.daily_spend_limit_usd
                THEN 'spend_limit'
        END
    FROM ai_providers AS p
    JOIN ai_models AS m ON m.id = ai_model_for(p.id, p_task, NULL, p_vision, p_at)
    WHERE p.active
        AND p.code = ANY (p_configured)
        AND (cardinality(p_order) = 0 OR p.code = ANY (p_order))
    ORDER BY array_position(p_order, p.code), p.fallback_priority
$$;

COMMENT ON FUNCTION ai_providers_to_ask(text, text[], text[], boolean, timestamptz) IS
    'AI providers to ask for a task now, in order, with the reason to pass one over.';
