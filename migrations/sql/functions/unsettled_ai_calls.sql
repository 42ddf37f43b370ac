-- What AI was asked about a ticket and nobody knows the cost of, oldest first: calls without an end (under way, or lost with
-- the worker that asked), time-outs, broken connections, answers without a count of tokens. Each may have cost up to
-- reserved_usd, and counts as that against the limit of its day.
CREATE OR REPLACE FUNCTION unsettled_ai_calls(p_ticket_id uuid)
RETURNS TABLE (
    session_id uuid,
    attempt integer,
    provider_code text,
    model_code text,
    began_at timestamptz,
    ended_at timestamptz,
    outcome text,
    reserved_usd numeric
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT c.session_id, c.attempt, p.code, m.code, c.began_at, c.ended_at, c.outcome, c.reserved_usd
    FROM ai_calls AS c
    JOIN ai_providers AS p ON p.id = c.provider_id
    JOIN ai_models AS m ON m.id = c.model_id
    WHERE c.ticket_id = p_ticket_id AND c.cost_usd IS NULL
    ORDER BY c.began_at, c.id
$$;

COMMENT ON FUNCTION unsettled_ai_calls(uuid) IS
    'AI calls about a ticket whose cost nobody knows: without an end, timed out, broken off; and what each may have cost.';
