-- Fact ticket_ended: the ticket is closed or cancelled, its instance ends, nobody stays assigned.
-- Returns the status before.
CREATE OR REPLACE FUNCTION record_ticket_ended(p_ticket_id uuid, p_instance_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_at timestamptz := p_fact ->> 'at';
    v_old jsonb;
BEGIN
    UPDATE service_tickets AS t
    SET status = p_fact ->> 'status',
        closed_at = v_at,
        end_reason = COALESCE(p_fact ->> 'reason', ''),
        hold_reason = NULL,
        held_since = NULL,
        resume_at = NULL
    WHERE t.id = p_ticket_id
    RETURNING jsonb_build_object('status', old.status) INTO v_old;
    UPDATE ticket_workflow_instances
    SET status = CASE p_fact ->> 'status' WHEN 'cancelled' THEN 'cancelled' ELSE 'completed' END,
        ended_at = v_at,
        current_stages = '{}'
    WHERE id = p_instance_id;
    UPDATE ai_engineer_recommendations AS r
    SET outcome = 'superseded', decided_at = GREATEST(v_at, r.proposed_at)
    WHERE r.ticket_id = p_ticket_id AND r.outcome = 'pending';
    IF p_fact ->> 'status' = 'closed' THEN
        PERFORM record_engineer_verdict(p_ticket_id, v_at, p_fact -> 'actor');
    END IF;
    UPDATE stage_assignments AS a
    SET status = 'released', ended_at = GREATEST(v_at, a.assigned_at)
    FROM workflow_stage_transitions AS t
    WHERE t.instance_id = p_instance_id AND a.transition_id = t.id AND a.status = 'active';
    RETURN v_old;
END
$$;

COMMENT ON FUNCTION record_ticket_ended(uuid, uuid, jsonb) IS
    'Applies the fact ticket_ended; returns the old value for the audit trail.';
