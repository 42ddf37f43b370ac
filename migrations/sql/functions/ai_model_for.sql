-- Which model of a provider answers a task: the one that is asked for by its code, as long as it is active. Otherwise the
-- default one, if it fits; otherwise the cheapest that fits. A model fits when it is active, not retired at that moment,
-- can give structured output (and see pictures, where there are any), and is good for the task.
CREATE OR REPLACE FUNCTION ai_model_for(
    p_provider_id uuid, p_task text, p_model text DEFAULT NULL, p_vision boolean DEFAULT false,
    p_at timestamptz DEFAULT now()
)
RETURNS uuid
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT m.id
    FROM ai_models AS m
    WHERE m.provider_id = p_provider_id
        AND m.active
        AND CASE
            WHEN p_model IS NOT NULL THEN m.code = p_model
            ELSE (m.retires_on IS NULL OR m.retires_on > (p_at AT TIME ZONE 'UTC')::date)
                AND 'structured_output' = ANY (m.capabilities)
                AND (NOT p_vision OR 'vision' = ANY (m.capabilities))
                AND p_task = ANY (m.use_cases)
        END
    ORDER BY m.is_default DESC, m.output_price, m.input_price, m.code
    LIMIT 1
$$;

COMMENT ON FUNCTION ai_model_for(uuid, text, text, boolean, timestamptz) IS
    'The model of a provider that answers a task: as asked for, or the default, or the cheapest that fits; or NULL.';
