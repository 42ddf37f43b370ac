-- Keeps what was done in a completed visit: the answers whole, and the well-known ones as columns. An answer that does
-- not fit its column stays in the answers alone: a record must never fail over what somebody typed.
CREATE OR REPLACE FUNCTION record_stage_execution(p_transition_id uuid, p_actions jsonb)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    INSERT INTO stage_execution_data (
        transition_id, actions, diagnosis_summary, work_performed, test_results, customer_signature, customer_rating
    )
    VALUES (
        p_transition_id,
        p_actions,
        p_actions ->> 'diagnosis_summary',
        p_actions ->> 'work_performed',
        (
            SELECT jsonb_object_agg(a.key, a.value)
            FROM jsonb_each(p_actions) AS a
            WHERE a.key LIKE '%\_test\_passed' OR a.key = 'test_results'
        ),
        p_actions ->> 'customer_signature',
        CASE WHEN p_actions ->> 'customer_rating' ~ '^(10|[0-9])$' THEN (p_actions ->> 'customer_rating')::smallint END
    )
    ON CONFLICT (transition_id) DO NOTHING
$$;

COMMENT ON FUNCTION record_stage_execution(uuid, jsonb) IS 'Keeps the answers of a completed visit, once.';
