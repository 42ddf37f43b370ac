-- The rows of a ticket's record as far as its facts decide them: a row for each, by its table and by what people call it
-- there. Left out are ids and times of recording; what others write beside the facts (a notification's status, the travel
-- and notes of an assignment, the name of the first run); and the frozen template, which no fact brings.
CREATE OR REPLACE FUNCTION ticket_rows(p_ticket_id uuid)
RETURNS TABLE (table_name text, row_name text, content jsonb)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH visits AS MATERIALIZED (
        SELECT v.*, v.stage_key || ' visit ' || v.visit AS name_of_visit
        FROM ticket_workflow_instances AS i
        JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
        WHERE i.ticket_id = p_ticket_id
    )
    SELECT 'service_tickets', '', to_jsonb(t) - ARRAY['id', 'recorded_at', 'created_at', 'updated_at']
    FROM service_tickets AS t
    WHERE t.id = p_ticket_id
    UNION ALL
    SELECT
        'ticket_workflow_instances', '',
        to_jsonb(i) - ARRAY['id', 'ticket_id', 'run_id', 'template_snapshot', 'created_at', 'updated_at']
    FROM ticket_workflow_instances AS i
    WHERE i.ticket_id = p_ticket_id
    UNION ALL
    SELECT
        'workflow_stage_transitions', v.name_of_visit,
        to_jsonb(v) - ARRAY['id', 'instance_id', 'name_of_visit', 'created_at', 'updated_at']
    FROM visits AS v
    UNION ALL
    SELECT
        'stage_assignments',
        v.name_of_visit || ' engineer '
            || row_number() OVER (
                PARTITION BY v.id ORDER BY a.assigned_at, a.ended_at NULLS LAST, a.assignment_type, e.code, a.id
            ),
        (to_jsonb(a) || jsonb_build_object('engineer_id', e.code)) - ARRAY[
            'id', 'transition_id', 'travel_distance_km', 'travel_requirements', 'notes', 'created_at', 'updated_at'
        ]
    FROM visits AS v
    JOIN stage_assignments AS a ON a.transition_id = v.id
    JOIN engineers AS e ON e.id = a.engineer_id
    UNION ALL
    SELECT
        'offer_answers', v.name_of_visit || ' offer ' || o.offer || ' place ' || o.place,
        (to_jsonb(o) || jsonb_build_object('engineer_id', e.code))
            - ARRAY['id', 'transition_id', 'created_at', 'updated_at']
    FROM visits AS v
    JOIN offer_answers AS o ON o.transition_id = v.id
    JOIN engineers AS e ON e.id = o.engineer_id
    UNION ALL
    SELECT
        'stage_execution_data', v.name_of_visit,
        to_jsonb(x) - ARRAY['id', 'transition_id', 'created_at', 'updated_at']
    FROM visits AS v
    JOIN stage_execution_data AS x ON x.transition_id = v.id
    UNION ALL
    SELECT
        'sla_clocks', c.name,
        (to_jsonb(c) || jsonb_build_object('transition_id', v.name_of_visit))
            - ARRAY['ticket_id', 'created_at', 'updated_at']
    FROM sla_clocks AS c
    LEFT JOIN visits AS v ON v.id = c.transition_id
    WHERE c.ticket_id = p_ticket_id
    UNION ALL
    SELECT
        'sla_events', 'fact ' || n.sequence,
        (to_jsonb(n) || jsonb_build_object('clock_id', c.name)) - ARRAY['id', 'ticket_id', 'created_at', 'updated_at']
    FROM sla_events AS n
    JOIN sla_clocks AS c ON c.id = n.clock_id
    WHERE n.ticket_id = p_ticket_id
    UNION ALL
    SELECT
        'notifications', 'fact ' || n.sequence,
        to_jsonb(n) - ARRAY['id', 'ticket_id', 'status', 'created_at', 'updated_at']
    FROM notifications AS n
    WHERE n.ticket_id = p_ticket_id
$$;

COMMENT ON FUNCTION ticket_rows(uuid) IS
    'The rows of a ticket''s record as far as its facts decide them, by table and name; for comparing.';
