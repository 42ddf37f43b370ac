-- requires: ticket_in_scope
-- The visits to units that an engineer has: stages of running tickets that they are on and that are done at the unit, also
-- in part, as far as they have begun; and those that ended within the last 30 days. From when they set out or arrived, else
-- from when the stage was theirs; until it ended, else until the deadline of its clock, and an hour at least. What changes of
-- a ticket changes its sequence.
CREATE OR REPLACE FUNCTION list_visits(p_engineer text, p_scope jsonb DEFAULT NULL)
RETURNS TABLE (
    assignment_id uuid,
    number text,
    priority text,
    ticket_status text,
    serial text,
    equipment_type text,
    customer_name text,
    site_name text,
    latitude double precision,
    longitude double precision,
    stage_name text,
    visit integer,
    assignment_type text,
    stage_status text,
    on_the_way boolean,
    begins_at timestamptz,
    ends_at timestamptz,
    sequence bigint,
    changed_at timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        a.id, t.number, t.priority, t.status, u.serial, et.name, c.name, s.name, s.latitude, s.longitude, v.name, v.visit,
        a.assignment_type, v.status, v.travel_started_at IS NOT NULL OR v.arrived_at IS NOT NULL, d.begins_at,
        GREATEST(COALESCE(v.finished_at, k.due_at, d.begins_at + v.target_duration), d.begins_at + interval '1 hour'),
        t.last_sequence, GREATEST(a.updated_at, v.updated_at, t.updated_at)
    FROM engineers AS e
    JOIN stage_assignments AS a ON a.engineer_id = e.id AND a.status <> 'replaced'
    JOIN workflow_stage_transitions AS v ON v.id = a.transition_id
    JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
    JOIN service_tickets AS t ON t.id = i.ticket_id
    JOIN equipment_registry AS u ON u.id = t.equipment_id
    JOIN equipment_catalog AS et ON et.id = u.equipment_type_id
    JOIN customers AS c ON c.id = t.customer_id
    JOIN customer_sites AS s ON s.id = t.site_id
    LEFT JOIN sla_clocks AS k ON k.transition_id = v.id AND k.ended_at IS NULL
    CROSS JOIN LATERAL (
        SELECT COALESCE(v.travel_started_at, v.arrived_at, GREATEST(v.entered_at, a.assigned_at)) AS begins_at
    ) AS d
    WHERE e.code = upper(p_engineer)
        AND a.work_location <> 'remote'
        AND v.entered_at IS NOT NULL
        AND (
            v.status = 'in_progress' AND a.ended_at IS NULL AND t.status IN ('open', 'on_hold')
            OR v.status = 'completed' AND v.finished_at > now() - interval '30 days'
        )
        AND (p_scope IS NULL OR ticket_in_scope(t.id, p_scope))
    ORDER BY d.begins_at, a.id
$$;

COMMENT ON FUNCTION list_visits(text, jsonb) IS 'The visits to units that an engineer has, with when they begin and end.';
