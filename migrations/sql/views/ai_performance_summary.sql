-- How well AI works: one row per provider, model and task that was asked or answered, and one without a task for each
-- model (or provider without models) that never was. No model: the request was not for a certain one.
-- Requests are messages of the assistant, errors those of them that failed. Tokens and cost are of all requests,
-- latency of those that were answered. Results and whether they proved true:
--   diagnosis, attachment_analysis: every result; verified when was_correct is known.
--   parts_recommendation: every proposed part; used is right, not_used or rejected wrong, pending or accepted open.
--   engineer_recommendation: the first choice of every ranking; selected is right, not_selected or declined is wrong.
-- accuracy = right ÷ verified in percent. mean_confidence: of all results; of an engineer, the overall score.
-- error_rate and accuracy are NULL without requests or verified results.
CREATE VIEW ai_performance_summary AS
WITH calls AS (
    SELECT
        c.provider_id,
        c.model_id,
        c.task,
        count(*) AS requests,
        count(*) FILTER (WHERE c.error IS NOT NULL) AS errors,
        sum(c.input_tokens) AS input_tokens,
        sum(c.cached_input_tokens) AS cached_input_tokens,
        sum(c.output_tokens) AS output_tokens,
        sum(c.cost_usd) AS cost_usd,
        avg(c.latency) FILTER (WHERE c.error IS NULL) AS average_latency,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY c.latency) FILTER (WHERE c.error IS NULL) AS p95_latency
    FROM ai_conversations AS c
    WHERE c.role = 'assistant'
    GROUP BY c.provider_id, c.model_id, c.task
),
answers AS (
    SELECT
        r.provider_id,
        r.model_id,
        r.task,
        count(*) AS results,
        count(r.was_right) AS verified,
        count(*) FILTER (WHERE r.was_right) AS verified_right,
        avg(r.confidence) AS mean_confidence
    FROM (
        SELECT d.provider_id, d.model_id, 'diagnosis' AS task, d.confidence, d.was_correct AS was_right
        FROM ai_diagnosis_results AS d
        UNION ALL
        SELECT
            e.provider_id, e.model_id, 'engineer_recommendation', e.overall_score,
            CASE WHEN e.outcome <> 'pending' THEN e.outcome = 'selected' END
        FROM ai_engineer_recommendations AS e
        WHERE e.rank = 1
        UNION ALL
        SELECT
            p.provider_id, p.model_id, 'parts_recommendation', p.confidence,
            CASE WHEN p.outcome IN ('used', 'not_used', 'rejected') THEN p.outcome = 'used' END
        FROM ai_parts_recommendations AS p
        UNION ALL
        SELECT a.provider_id, a.model_id, 'attachment_analysis', a.confidence, a.was_correct
        FROM ai_attachment_analysis AS a
    ) AS r
    GROUP BY r.provider_id, r.model_id, r.task
),
seen AS (
    SELECT c.provider_id, c.model_id, c.task FROM calls AS c
    UNION
    SELECT a.provider_id, a.model_id, a.task FROM answers AS a
),
listed AS (
    SELECT s.provider_id, s.model_id, s.task FROM seen AS s
    UNION ALL
    SELECT p.id, m.id, NULL
    FROM ai_providers AS p
    LEFT JOIN ai_models AS m ON m.provider_id = p.id
    WHERE NOT EXISTS (
        SELECT FROM seen AS s WHERE s.provider_id = p.id AND s.model_id IS NOT DISTINCT FROM m.id
    )
)
SELECT
    p.code AS provider_code,
    p.name AS provider,
    m.code AS model_code,
    m.name AS model,
    l.task,
    COALESCE(c.requests, 0) AS requests,
    COALESCE(c.errors, 0) AS errors,
    round(100.0 * c.errors / NULLIF(c.requests, 0), 2) AS error_rate,
    COALESCE(c.input_tokens, 0) AS input_tokens,
    COALESCE(c.cached_input_tokens, 0) AS cached_input_tokens,
    COALESCE(c.output_tokens, 0) AS output_tokens,
    COALESCE(c.cost_usd, 0) AS cost_usd,
    c.average_latency,
    c.p95_latency,
    COALESCE(a.results, 0) AS results,
    COALESCE(a.verified, 0) AS verified,
    COALESCE(a.verified_right, 0) AS verified_right,
    round(100.0 * a.verified_right / NULLIF(a.verified, 0), 2) AS accuracy,
    round(a.mean_confidence, 2) AS mean_confidence
FROM listed AS l
JOIN ai_providers AS p ON p.id = l.provider_id
LEFT JOIN ai_models AS m ON m.id = l.model_id
LEFT JOIN calls AS c
    ON c.provider_id = l.provider_id AND c.task = l.task AND c.model_id IS NOT DISTINCT FROM l.model_id
LEFT JOIN answers AS a
    ON a.provider_id = l.provider_id AND a.task = l.task AND a.model_id IS NOT DISTINCT FROM l.model_id;

COMMENT ON VIEW ai_performance_summary IS
    'One row per provider, model and task: requests, errors, tokens, cost, latency, results, how many proved true.';
