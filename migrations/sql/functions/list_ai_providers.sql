-- requires: ai_model_for, ai_spend
-- Every AI provider with its settings and state, in the order of asking: what a worker needs to serve it, and what an
-- operator wants to know. spent_usd and reserved_usd are of the UTC day (ai_spend). calls and failed_calls are those that
-- ended within 24 hours; failed is every outcome but answered and abstained, which is counted by itself. asked_models: by
-- task the model that ai_model_for() takes at that moment; models: all that are in use. at_spend_limit: a request like the
-- newest one would be refused for the limit of the day.
CREATE OR REPLACE FUNCTION list_ai_providers(p_at timestamptz DEFAULT now())
RETURNS TABLE (
    code text,
    name text,
    active boolean,
    fallback_priority integer,
    api_base_url text,
    api_key_variable text,
    requests_per_minute integer,
    request_timeout interval,
    default_model text,
    asked_models jsonb,
    models text[],
    health text,
    circuit text,
    circuit_opened_at timestamptz,
    circuit_retry_at timestamptz,
    consecutive_failures integer,
    last_checked_at timestamptz,
    last_error text,
    daily_spend_limit_usd numeric,
    spent_usd numeric,
    reserved_usd numeric,
    at_spend_limit boolean,
    calls bigint,
    failed_calls bigint,
    abstained_calls bigint
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        p.code,
        p.name,
        p.active,
        p.fallback_priority,
        p.api_base_url,
        p.api_key_variable,
        p.requests_per_minute,
        p.request_timeout,
        (SELECT m.code FROM ai_models AS m WHERE m.provider_id = p.id AND m.is_default),
        asked.models,
        ARRAY(SELECT m.code FROM ai_models AS m WHERE m.provider_id = p.id AND m.active ORDER BY m.code),
        p.health,
        p.circuit,
        p.circuit_opened_at,
        p.circuit_retry_at,
        p.consecutive_failures,
        p.last_checked_at,
        p.last_error,
        p.daily_spend_limit_usd,
        s.spent_usd,
        s.reserved_usd,
        COALESCE(
            asked.costs
            AND (
                s.spent_usd + s.reserved_usd >= p.daily_spend_limit_usd
                OR s.spent_usd + s.reserved_usd + newest.reserved_usd > p.daily_spend_limit_usd
            ),
            false
        ),
        d.calls,
        d.failed_calls,
        d.abstained_calls
    FROM ai_providers AS p
    CROSS JOIN LATERAL ai_spend(p.id, p_at) AS s
    CROSS JOIN LATERAL (
        SELECT
            COALESCE(jsonb_object_agg(t.task, m.code), '{}') AS models,
            COALESCE(bool_or(m.input_price > 0 OR m.output_price > 0), false) AS costs
        FROM (
            SELECT DISTINCT one.task
            FROM ai_models AS of_provider, unnest(of_provider.use_cases) AS one (task)
            WHERE of_provider.provider_id = p.id
        ) AS t
        JOIN ai_models AS m ON m.id = ai_model_for(p.id, t.task, NULL, false, p_at)
    ) AS asked
    LEFT JOIN LATERAL (
        SELECT c.reserved_usd FROM ai_calls AS c WHERE c.provider_id = p.id ORDER BY c.began_at DESC LIMIT 1
    ) AS newest ON true
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS calls,
            count(*) FILTER (WHERE c.outcome NOT IN ('answered', 'abstained')) AS failed_calls,
            count(*) FILTER (WHERE c.outcome = 'abstained') AS abstained_calls
        FROM ai_calls AS c
        WHERE c.provider_id = p.id
            -- No call takes an hour: so the index serves, which is over the beginning.
            AND c.began_at >= p_at - interval '25 hours'
            AND c.ended_at >= p_at - interval '24 hours'
    ) AS d
    ORDER BY p.fallback_priority
$$;

COMMENT ON FUNCTION list_ai_providers(timestamptz) IS
    'AI providers in order with settings, circuit, spend of the UTC day, and failures of the last 24 hours.';
