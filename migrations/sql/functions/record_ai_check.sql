-- What a health check found: p_error NULL, or why the provider can't be used. A check is no request to a model, so it
-- closes no circuit; but of one that is not closed it lets the next request try at once. Nor does it open one; but one that
-- is open stays so for p_cool_down more when the check failed. With the owner's rights: nobody else moves a circuit.
CREATE OR REPLACE FUNCTION record_ai_check(
    p_code text, p_error text, p_cool_down interval DEFAULT NULL, p_at timestamptz DEFAULT clock_timestamp()
)
RETURNS void
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    UPDATE ai_providers AS p
    SET health = CASE
            WHEN p_error IS NOT NULL THEN 'down'
            WHEN p.circuit = 'closed' THEN 'healthy'
            ELSE 'degraded'
        END,
        circuit_retry_at = CASE
            WHEN p_error IS NULL AND p.circuit <> 'closed' THEN LEAST(p.circuit_retry_at, p_at)
            WHEN p_error IS NOT NULL AND p.circuit = 'open' THEN GREATEST(p.circuit_retry_at, p_at + p_cool_down)
            ELSE p.circuit_retry_at
        END,
        last_checked_at = p_at,
        last_error = p_error
    WHERE p.code = p_code
$$;

COMMENT ON FUNCTION record_ai_check(text, text, interval, timestamptz) IS
    'Notes what a health check of an AI provider found; one that answers is tried again by the next request.';
