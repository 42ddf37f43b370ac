-- How often AI was right, by provider, model and task. The period is [p_from, p_to) over the moment at which a result was
-- proposed; what is known of it counts whenever it became known, so verified is a part of results, correct of verified.
-- results: diagnoses; attachment analyses; recommended parts; recommended engineers of rank 1.
-- outcome: what the work proved. Diagnosis, attachment analysis: was_correct. Engineer: decided, right when selected
--     or accepted (not when passed over or declined; one that came too late is undecided). Part: decided, right when accepted or used (not when rejected or not used).
--     Where the result itself does not say, the newest feedback of the kind outcome.
-- human: the newest feedback of the kind human, whoever gave it.
-- verified: results with either; correct: right by the outcome, and by people only where there is no outcome.
-- accuracy: correct ÷ verified; mean_confidence_right and _wrong: over verified results; all three in percent.
-- brier_score: mean of (confidence − right)² over verified results, both 0 to 1; 0 is perfect. Recommended engineers have
-- scores, no confidence: the figures that need one are NULL. Everything that would divide by nothing is NULL.
CREATE OR REPLACE FUNCTION calculate_ai_accuracy(
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL,
    p_provider text DEFAULT NULL,
    p_task text DEFAULT NULL
)
RETURNS TABLE (
    provider_code text,
    model_code text,
    task text,
    results bigint,
    verified bigint,
    correct bigint,
    accuracy numeric,
    outcome_verified bigint,
    outcome_correct bigint,
    human_verified bigint,
    human_correct bigint,
    mean_confidence_right numeric,
    mean_confidence_wrong numeric,
    brier_score numeric
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH proposed AS (
        SELECT d.id, d.provider_id, d.model_id, d.proposed_at, 'diagnosis' AS task, d.confidence,
            d.was_correct AS was_right
        FROM ai_diagnosis_results AS d
        UNION ALL
        SELECT a.id, a.provider_id, a.model_id, a.proposed_at, 'attachment_analysis', a.confidence, a.was_correct
        FROM ai_attachment_analysis AS a
        UNION ALL
        SELECT e.id, e.provider_id, e.model_id, e.proposed_at, 'engineer_recommendation', NULL,
            CASE WHEN e.outcome NOT IN ('pending', 'superseded') THEN e.outcome IN ('selected', 'accepted') END
        FROM ai_engineer_recommendations AS e
        WHERE e.rank = 1
        UNION ALL
        SELECT r.id, r.provider_id, r.model_id, r.proposed_at, 'parts_recommendation', r.confidence,
            CASE WHEN r.outcome <> 'pending' THEN r.outcome IN ('accepted', 'used') END
        FROM ai_parts_recommendations AS r
    ),
    feedback AS (
        SELECT
            COALESCE(
                f.diagnosis_id, f.attachment_analysis_id, f.engineer_recommendation_id, f.parts_recommendation_id
            ) AS result_id,
            (array_agg(f.was_accurate ORDER BY f.given_at DESC, f.id DESC) FILTER (WHERE f.kind = 'outcome'))[1]
                AS by_outcome,
            (array_agg(f.was_accurate ORDER BY f.given_at DESC, f.id DESC) FILTER (WHERE f.kind = 'human'))[1]
                AS by_people
        FROM ai_feedback AS f
        GROUP BY 1
    ),
    judged AS (
        SELECT
            provider.code AS provider_code,
            model.code AS model_code,
            one.task,
            one.confidence,
            COALESCE(one.was_right, f.by_outcome) AS by_outcome,
            f.by_people,
            COALESCE(one.was_right, f.by_outcome, f.by_people) AS verdict
        FROM proposed AS one
        JOIN ai_providers AS provider ON provider.id = one.provider_id
        LEFT JOIN ai_models AS model ON model.id = one.model_id
        LEFT JOIN feedback AS f ON f.result_id = one.id
        WHERE (p_from IS NULL OR one.proposed_at >= p_from)
            AND (p_to IS NULL OR one.proposed_at < p_to)
            AND (p_provider IS NULL OR provider.code = p_provider)
            AND (p_task IS NULL OR one.task = p_task)
    )
    SELECT
        j.provider_code,
        j.model_code,
        j.task,
        count(*),
        count(j.verdict),
        count(*) FILTER (WHERE j.verdict),
        round(100 * avg(j.verdict::integer), 2),
        count(j.by_outcome),
        count(*) FILTER (WHERE j.by_outcome),
        count(j.by_people),
        count(*) FILTER (WHERE j.by_people),
        round(avg(j.confidence) FILTER (WHERE j.verdict), 2),
        round(avg(j.confidence) FILTER (WHERE NOT j.verdict), 2),
        round(avg((j.confidence / 100 - j.verdict::integer) ^ 2), 4)
    FROM judged AS j
    GROUP BY j.provider_code, j.model_code, j.task
    ORDER BY j.provider_code, j.model_code, j.task
$$;

COMMENT ON FUNCTION calculate_ai_accuracy(timestamptz, timestamptz, text, text) IS
    'Accuracy and calibration of AI by provider, model and task; NULL where there is nothing to divide by.';
