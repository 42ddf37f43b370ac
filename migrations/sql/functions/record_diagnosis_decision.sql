-- What a person decided on a diagnosis of AI when the stage was completed, and the feedback that it is. p_decision:
-- session_id, status, cause, problem_code; null: nothing was decided. A diagnosis that is not on record stops nothing.
-- The audit trail names that person as well.
CREATE OR REPLACE FUNCTION record_diagnosis_decision(
    p_ticket_id uuid, p_decision jsonb, p_at timestamptz, p_actor jsonb, p_reason text
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_diagnosis_id uuid;
BEGIN
    IF jsonb_typeof(p_decision) IS DISTINCT FROM 'object' THEN
        RETURN;
    END IF;
    UPDATE ai_diagnosis_results AS d
    SET status = p_decision ->> 'status',
        decided_by_code = p_actor ->> 'code',
        decided_by_role = p_actor ->> 'role',
        decided_at = GREATEST(p_at, d.proposed_at)
    WHERE d.ticket_id = p_ticket_id AND d.session_id = (p_decision ->> 'session_id')::uuid AND d.status = 'proposed'
    RETURNING d.id INTO v_diagnosis_id;
    IF v_diagnosis_id IS NULL THEN
        RETURN;
    END IF;
    -- Whoever calls may have set others: the feedback is that of the fact's actor.
    PERFORM
        set_config('fieldcare.actor_code', p_actor ->> 'code', true),
        set_config('fieldcare.actor_role', p_actor ->> 'role', true),
        set_config('fieldcare.reason', COALESCE(p_reason, ''), true);
    INSERT INTO ai_feedback (
        ticket_id, diagnosis_id, kind, given_by_code, given_by_role, given_at, was_accurate, correction, comments
    )
    VALUES (
        p_ticket_id,
        v_diagnosis_id,
        'human',
        p_actor ->> 'code',
        p_actor ->> 'role',
        p_at,
        p_decision ->> 'status' = 'accepted',
        NULLIF(
            jsonb_strip_nulls(jsonb_build_object('cause', p_decision -> 'cause', 'problem_code', p_decision -> 'problem_code')),
            '{}'
        ),
        COALESCE(p_reason, '')
    )
    ON CONFLICT DO NOTHING;
END
$$;

COMMENT ON FUNCTION record_diagnosis_decision(uuid, jsonb, timestamptz, jsonb, text) IS
    'Records what a person decided on a diagnosis of AI, and the feedback that it is.';
