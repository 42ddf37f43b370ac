-- How well AI works: one row per provider, model and task that was asked or answered, and one without a task for each
-- model (or provider without models) that never was. No model: the request was not for a certain one.
-- Requests are messages of the assistant, errors those of them that failed, abstentions those in which the model said that
-- it can't say. Tokens and cost are of all requests, latency of those that were answered. results, verified and correct
-- are those of calculate_ai_accuracy() over all time: diagnoses, analyses, recommended parts and first-choice engineers,
-- and how many of them proved true. accuracy = correct ÷ verified in percent. mean_confidence: of all results, in percent;
-- NULL for engineers, who have scores. error_rate, accuracy and the means are NULL where there is nothing to divide by.
CREATE VIEW ai_performance_summary AS
WITH calls AS (
    SELECT
        c.provider_id,
        c.model_id,
        c.task,
        count(*) AS requests,
        count(*) FILTER (WHERE c.error IS NOT NULL AND c.finish_reason IS DISTINCT FROM 'abstained') AS errors,
        count(*) FILTER (WHERE c.finish_reason = 'abstained') AS abstentions,
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
verdicts AS (
    SELECT a.provider_code, a.model_code, a.task, a.results, a.verified, a.correct
    FROM calculate_ai_accuracy() AS a
),
confidences AS (
    SELECT r.provider_id, r.model_id, r.task, avg(r.confidence) AS mean_confidence
    FROM (
        SELECT d.provider_id, d.model_id, 'diagnosis' AS task, d.confidence
        FROM ai_diagnosis_results AS d
        UNION ALL
        SELECT p.provider_id, p.model_id, 'parts_recommendation', p.confidence
        FROM ai_parts_recommendations AS p
        UNION ALL
        SELECT a.provider_id, a.model_id, 'attachment_analysis', a.confidence
        FROM ai_attachment_analysis AS a
    ) AS r
    GROUP BY r.provider_id, r.model_id, r.task
),
seen AS (
    SELECT c.provider_id, c.model_id, c.task FROM calls AS c
    UNION
    SELECT p.id, m.id, v.task
    FROM verdicts AS v
    JOIN ai_providers AS p ON p.code = v.provider_code
    LEFT JOIN ai_models AS m ON m.provider_id = p.id AND m.code = v.model_code
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
    p.name AS provider_name,
    m.code AS model_code,
    m.name AS model_name,
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
    COALESCE(v.results, 0) AS results,
    COALESCE(v.verified, 0) AS verified,
    COALESCE(v.correct, 0) AS correct,
    round(100.0 * v.correct / NULLIF(v.verified, 0), 2) AS accuracy,
    round(f.mean_confidence, 2) AS mean_confidence,
    COALESCE(c.abstentions, 0) AS abstentions
FROM listed AS l
JOIN ai_providers AS p ON p.id = l.provider_id
LEFT JOIN ai_models AS m ON m.id = l.model_id
LEFT JOIN calls AS c
    ON c.provider_id = l.provider_id AND c.task = l.task AND c.model_id IS NOT DISTINCT FROM l.model_id
LEFT JOIN verdicts AS v
    ON v.provider_code = p.code AND v.task = l.task AND v.model_code IS NOT DISTINCT FROM m.code
LEFT JOIN confidences AS f
    ON f.provider_id = l.provider_id AND f.task = l.task AND f.model_id IS NOT DISTINCT FROM l.model_id;

COMMENT ON VIEW ai_performance_summary IS
    'One row per provider, model and task: requests, errors, tokens, cost, latency, results, how many proved true.';
