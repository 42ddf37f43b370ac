-- What the fault of a ticket proved to be, as whoever signed it off said. p_outcome: cause, problem_code; session_id and
-- proposal_right of the diagnosis that was judged, absent where AI had proposed none. null: nothing was said.
-- The judged diagnosis has people's verdict, and so has every other one of the ticket that named the same cause. Those
-- that nobody has judged are held against what was proved: right with the same cause, else wrong; so a diagnosis that a
-- failed test sent back counts as well. Each verdict is feedback of the kind outcome; a later one of the same person
-- takes the place of the one before. The audit trail names that person as well.
CREATE OR REPLACE FUNCTION record_verified_outcome(
    p_ticket_id uuid, p_outcome jsonb, p_at timestamptz, p_actor jsonb, p_reason text
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_cause text := p_outcome ->> 'cause';
    v_code text := p_outcome ->> 'problem_code';
    v_judged text;
BEGIN
    IF jsonb_typeof(p_outcome) IS DISTINCT FROM 'object' THEN
        RETURN;
    END IF;
    SELECT lower(btrim(d.root_cause))
    INTO v_judged
    FROM ai_diagnosis_results AS d
    WHERE d.ticket_id = p_ticket_id AND d.session_id = (p_outcome ->> 'session_id')::uuid;
    UPDATE service_tickets
    SET verified_cause = v_cause, verified_code = v_code, verified_by_code = p_actor ->> 'code', verified_at = p_at
    WHERE id = p_ticket_id;
    -- Whoever calls may have set others: the feedback is that of the fact's actor.
    PERFORM
        set_config('fieldcare.actor_code', p_actor ->> 'code', true),
        set_config('fieldcare.actor_role', p_actor ->> 'role', true),
        set_config('fieldcare.reason', COALESCE(p_reason, ''), true);
    WITH judged AS (
        UPDATE ai_diagnosis_results AS d
        SET was_correct = CASE
                WHEN lower(btrim(d.root_cause)) = v_judged OR d.session_id = (p_outcome ->> 'session_id')::uuid
                    THEN (p_outcome ->> 'proposal_right')::boolean
                ELSE lower(btrim(d.root_cause)) = lower(btrim(v_cause))
            END,
            verified_cause = v_cause,
            verified_code = v_code,
            verified_at = GREATEST(p_at, d.proposed_at)
        WHERE d.ticket_id = p_ticket_id
            AND d.status <> 'superseded'
            AND (d.was_correct IS NULL OR d.session_id = (p_outcome ->> 'session_id')::uuid)
        RETURNING d.id, d.was_correct
    )
    INSERT INTO ai_feedback (
        ticket_id, diagnosis_id, kind, given_by_code, given_by_role, given_at, was_accurate, correction, comments
    )
    SELECT p_ticket_id, j.id, 'outcome', p_actor ->> 'code', p_actor ->> 'role', p_at, j.was_correct,
        CASE WHEN NOT j.was_correct
            THEN jsonb_strip_nulls(jsonb_build_object('cause', v_cause, 'problem_code', v_code)) END,
        COALESCE(p_reason, '')
    FROM judged AS j
    ON CONFLICT ON CONSTRAINT ai_feedback_once_key DO UPDATE
    SET was_accurate = excluded.was_accurate, correction = excluded.correction, comments = excluded.comments,
        given_at = excluded.given_at
    WHERE excluded.given_at > ai_feedback.given_at;
END
$$;

COMMENT ON FUNCTION record_verified_outcome(uuid, jsonb, timestamptz, jsonb, text) IS
    'Records what the fault of a ticket proved to be, and whether AI was right about it.';
