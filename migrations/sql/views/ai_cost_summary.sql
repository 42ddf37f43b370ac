-- What AI costs: one row per UTC day, provider and model with at least one request. No model: the request was not for a
-- certain one. Requests are messages of the assistant; failed ones are among them, with whatever they cost, and
-- abstentions, which are no failures. US dollars. cost_per_request = cost ÷ requests, failed ones included, to a millionth.
CREATE VIEW ai_cost_summary AS
SELECT
    d.day,
    p.code AS provider_code,
    p.name AS provider_name,
    m.code AS model_code,
    m.name AS model_name,
    d.requests,
    d.failed_requests,
    d.input_tokens,
    d.cached_input_tokens,
    d.output_tokens,
    d.cost_usd,
    round(d.cost_usd / d.requests, 6) AS cost_per_request_usd
FROM (
    SELECT
        (c.occurred_at AT TIME ZONE 'UTC')::date AS day,
        c.provider_id,
        c.model_id,
        count(*) AS requests,
        count(*) FILTER (WHERE c.error IS NOT NULL AND c.finish_reason IS DISTINCT FROM 'abstained') AS failed_requests,
        sum(c.input_tokens) AS input_tokens,
        sum(c.cached_input_tokens) AS cached_input_tokens,
        sum(c.output_tokens) AS output_tokens,
        sum(c.cost_usd) AS cost_usd
    FROM ai_conversations AS c
    WHERE c.role = 'assistant'
    GROUP BY (c.occurred_at AT TIME ZONE 'UTC')::date, c.provider_id, c.model_id
) AS d
JOIN ai_providers AS p ON p.id = d.provider_id
LEFT JOIN ai_models AS m ON m.id = d.model_id;

COMMENT ON VIEW ai_cost_summary IS
    'One row per UTC day, provider and model with requests: tokens, cost in US dollars, cost per request, failures.';
