-- What sign-off said of a model's diagnoses that were as sure as p_confidence (percent) or surer: how many of the newest 500
-- were verified, and how many proved right. What people only accepted is no proof. Of the built-in engine only what it has
-- said since its model was changed last, by training or by going back: each has to earn its record. NULL where no
-- confidence is given.
CREATE OR REPLACE FUNCTION ai_track_record(p_provider_id uuid, p_model_id uuid, p_confidence numeric)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE
        WHEN p_confidence IS NOT NULL THEN (
            SELECT jsonb_build_object('verified', count(*), 'correct', count(*) FILTER (WHERE d.was_correct))
            FROM (
                SELECT one.was_correct
                FROM ai_diagnosis_results AS one
                WHERE one.provider_id = p_provider_id
                    AND one.model_id = p_model_id
                    AND one.verified_at IS NOT NULL
                    AND one.confidence >= p_confidence
                    AND one.proposed_at >= COALESCE(
                        (
                            SELECT max(m.updated_at)
                            FROM ai_local_models AS m
                            JOIN ai_providers AS p ON p.id = p_provider_id AND p.code = 'local'
                        ),
                        '-infinity'
                    )
                ORDER BY one.verified_at DESC
                LIMIT 500
            ) AS d
        )
    END
$$;

COMMENT ON FUNCTION ai_track_record(uuid, uuid, numeric) IS
    'Of a model''s newest diagnoses from a confidence on: how many sign-off verified, how many were right.';
