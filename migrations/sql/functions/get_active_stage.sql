-- What a ticket is at: the visits in progress (several where stages run side by side), as get_workflow_status() has them.
CREATE OR REPLACE FUNCTION get_active_stage(p_ticket_id uuid)
RETURNS TABLE (
    stage_key text,
    stage_name text,
    stage_type text,
    visit integer,
    support_level text,
    engineer_code text,
    entered_at timestamptz,
    target interval,
    clock_state text,
    elapsed interval,
    due_at timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        s.stage_key, s.stage_name, s.stage_type, s.visit, s.support_level, s.engineer_code, s.entered_at, s.target,
        s.clock_state, s.elapsed, s.due_at
    FROM get_workflow_status(p_ticket_id) AS s
    JOIN service_tickets AS t ON t.id = p_ticket_id AND t.status IN ('open', 'on_hold')
    WHERE s.status = 'in_progress'
    ORDER BY s.position, s.visit
$$;

COMMENT ON FUNCTION get_active_stage(uuid) IS 'The stage visits in progress of a running ticket, in order.';
