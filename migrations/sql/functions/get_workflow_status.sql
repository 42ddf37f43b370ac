-- Where a ticket's workflow stands: a row for every stage visit, in order, with the figures of its clock.
CREATE OR REPLACE FUNCTION get_workflow_status(p_ticket_id uuid)
RETURNS TABLE (
    "position" integer,
    stage_key text,
    stage_name text,
    stage_type text,
    visit integer,
    status text,
    support_level text,
    engineer_code text,
    entered_at timestamptz,
    finished_at timestamptz,
    outcome text,
    reason text,
    target interval,
    clock_state text,
    elapsed interval,
    due_at timestamptz,
    completion_percentage numeric
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        t.position,
        t.stage_key,
        t.name,
        t.stage_type,
        t.visit,
        t.status,
        t.support_level,
        (
            SELECT e.code
            FROM stage_assignments AS a
            JOIN engineers AS e ON e.id = a.engineer_id
            WHERE a.transition_id = t.id AND a.assignment_type = 'primary' AND a.status <> 'replaced'
            ORDER BY a.assigned_at DESC, a.id DESC
            LIMIT 1
        ),
        t.entered_at,
        t.finished_at,
        t.outcome,
        t.reason,
        COALESCE(c.target, t.target_duration),
        c.state,
        c.elapsed,
        c.due_at,
        i.completion_percentage
    FROM ticket_workflow_instances AS i
    JOIN workflow_stage_transitions AS t ON t.instance_id = i.id
    LEFT JOIN sla_clocks AS c ON c.ticket_id = i.ticket_id AND c.transition_id = t.id AND c.kind = 'stage'
    WHERE i.ticket_id = p_ticket_id
    ORDER BY t.position, t.visit
$$;

COMMENT ON FUNCTION get_workflow_status(uuid) IS
    'Every stage visit of a ticket in order; clock figures are those of the clock''s newest event.';
