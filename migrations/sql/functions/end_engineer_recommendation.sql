-- requires: record_engineer_outcome
-- A visit ends: whoever was on it as the primary one until then was chosen, and who was recommended and nobody decided on is
-- waited for no more. Before its assignments are released.
CREATE OR REPLACE FUNCTION end_engineer_recommendation(p_transition_id uuid, p_status text, p_at timestamptz)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    SELECT record_engineer_outcome(a.transition_id, a.engineer_id, 'selected', p_at)
    FROM stage_assignments AS a
    WHERE a.transition_id = p_transition_id
        AND a.assignment_type = 'primary'
        AND a.status = 'active'
        AND p_status = 'completed'
        AND EXISTS (
            SELECT FROM ai_engineer_recommendations AS r WHERE r.transition_id = p_transition_id AND r.outcome = 'pending'
        );

    UPDATE ai_engineer_recommendations AS r
    SET outcome = 'superseded', decided_at = GREATEST(p_at, r.proposed_at)
    WHERE r.transition_id = p_transition_id AND r.outcome = 'pending'
$$;

COMMENT ON FUNCTION end_engineer_recommendation(uuid, text, timestamptz) IS
    'Settles what was recommended for a visit that ends.';
