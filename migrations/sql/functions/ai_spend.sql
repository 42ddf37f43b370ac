-- What counts against a provider's limit of a UTC day, in US dollars: the cost of calls that began on that day, and for
-- those whose cost is not known (under way, lost with their worker, timed out) what was set aside for them.
CREATE OR REPLACE FUNCTION ai_spend(p_provider_id uuid, p_at timestamptz DEFAULT now())
RETURNS TABLE (spent_usd numeric, reserved_usd numeric)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        COALESCE(sum(c.cost_usd), 0),
        COALESCE(sum(c.reserved_usd) FILTER (WHERE c.cost_usd IS NULL), 0)
    FROM ai_calls AS c
    WHERE c.provider_id = p_provider_id
        AND c.began_at >= date_trunc('day', p_at, 'UTC')
        AND c.began_at < date_trunc('day', p_at, 'UTC') + interval '24 hours'
$$;

COMMENT ON FUNCTION ai_spend(uuid, timestamptz) IS
    'US dollars that count against a provider''s limit of a UTC day: known cost, and what is set aside for the rest.';
