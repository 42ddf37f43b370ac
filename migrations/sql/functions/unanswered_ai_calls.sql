-- What AI was asked about a ticket without an end on record, oldest first: under way, or lost with the worker that asked.
CREATE OR REPLACE FUNCTION unanswered_ai_calls(p_ticket_id uuid)
RETURNS TABLE (
    session_id uuid,
    attempt integer,
    provider_code text,
    model_code text,
    began_at timestamptz,
    reserved_usd numeric
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT c.session_id, c.attempt, p.code, m.code, c.began_at, c.reserved_usd
    FROM ai_calls AS c
    JOIN ai_providers AS p ON p.id = c.provider_id
    JOIN ai_models AS m ON m.id = c.model_id
    WHERE c.ticket_id = p_ticket_id AND c.ended_at IS NULL
    ORDER BY c.began_at, c.id
$$;

COMMENT ON FUNCTION unanswered_ai_calls(uuid) IS
    'AI calls about a ticket that have no end on record: under way, or lost with their worker.';
