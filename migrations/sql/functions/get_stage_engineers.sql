-- The engineers of a ticket's stage: of all its visits, or of the visit p_visit; without a stage those of the whole
-- workflow. Of each visit the primary one first, then secondary, support and supervisor; who is there now before who was.
CREATE OR REPLACE FUNCTION get_stage_engineers(
    p_ticket_id uuid, p_stage_key text DEFAULT NULL, p_visit integer DEFAULT NULL
)
RETURNS TABLE (
    stage_key text,
    stage_name text,
    visit integer,
    engineer_code text,
    engineer_name text,
    support_level text,
    assignment_type text,
    status text,
    work_location text,
    travel_distance_km numeric,
    travel_requirements text,
    assigned_at timestamptz,
    ended_at timestamptz,
    assigned_by_code text,
    assigned_by_role text,
    notes text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        v.stage_key,
        v.name,
        v.visit,
        e.code,
        e.name,
        e.support_level,
        a.assignment_type,
        a.status,
        a.work_location,
        a.travel_distance_km,
        a.travel_requirements,
        a.assigned_at,
        a.ended_at,
        a.assigned_by_code,
        a.assigned_by_role,
        a.notes
    FROM ticket_workflow_instances AS i
    JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
    JOIN stage_assignments AS a ON a.transition_id = v.id
    JOIN engineers AS e ON e.id = a.engineer_id
    WHERE i.ticket_id = p_ticket_id
        AND (p_stage_key IS NULL OR v.stage_key = p_stage_key)
        AND (p_visit IS NULL OR v.visit = p_visit)
    ORDER BY
        v.position,
        v.visit,
        array_position(ARRAY['primary', 'secondary', 'support', 'supervisor'], a.assignment_type),
        a.status <> 'active',
        a.assigned_at DESC,
        a.id DESC
$$;

COMMENT ON FUNCTION get_stage_engineers(uuid, text, integer) IS
    'Engineers of a stage (of one visit, of all), or of the whole workflow; the primary one of each visit first.';
