-- A ticket is closed: whether the engineers who were recommended and chosen for its repairs have fixed it at the first
-- visit, with feedback of the kind outcome by whoever closed it (p_actor). Only the first visit of a repair can be that; a
-- failed test, a further visit, or a reopening before says no. A later verdict of the same person takes the place of the
-- one before.
CREATE OR REPLACE FUNCTION record_engineer_verdict(p_ticket_id uuid, p_at timestamptz, p_actor jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT
        FROM ai_engineer_recommendations AS r
        WHERE r.ticket_id = p_ticket_id AND r.outcome IN ('selected', 'accepted')
    ) THEN
        RETURN;
    END IF;
    -- Whoever calls may have set others: the feedback is that of the fact's actor.
    PERFORM
        set_config('fieldcare.actor_code', p_actor ->> 'code', true),
        set_config('fieldcare.actor_role', p_actor ->> 'role', true),
        set_config('fieldcare.reason', '', true);
    WITH judged AS (
        UPDATE ai_engineer_recommendations AS r
        SET fixed_at_first_visit = v.visit = 1
            AND v.outcome IS DISTINCT FROM 'test_failed'
            AND t.reopened = 0
            AND NOT EXISTS (
                SELECT
                FROM workflow_stage_transitions AS n
                WHERE n.instance_id = v.instance_id AND n.stage_key = v.stage_key AND n.visit > v.visit
            )
        FROM workflow_stage_transitions AS v, service_tickets AS t
        WHERE r.ticket_id = p_ticket_id
            AND t.id = p_ticket_id
            AND v.id = r.transition_id
            AND v.stage_type = 'repair'
            AND v.status = 'completed'
            AND r.outcome IN ('selected', 'accepted')
        RETURNING r.id, r.fixed_at_first_visit, r.rank
    )
    INSERT INTO ai_feedback (
        ticket_id, engineer_recommendation_id, kind, given_by_code, given_by_role, given_at, was_accurate, comments
    )
    SELECT p_ticket_id, j.id, 'outcome', p_actor ->> 'code', p_actor ->> 'role', p_at, j.fixed_at_first_visit,
        format('Choice %s was put on it', j.rank)
    FROM judged AS j
    ON CONFLICT ON CONSTRAINT ai_feedback_once_key DO UPDATE
    SET was_accurate = excluded.was_accurate, comments = excluded.comments, given_at = excluded.given_at
    WHERE excluded.given_at > ai_feedback.given_at;
END
$$;

COMMENT ON FUNCTION record_engineer_verdict(uuid, timestamptz, jsonb) IS
    'Keeps whether recommended engineers fixed a closed ticket at the first visit, and the feedback that it is.';
