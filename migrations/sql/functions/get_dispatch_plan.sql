-- A plan of visits with all of them, as boards and analytics read it; NULL: the newest one. NULL where there is none.
CREATE OR REPLACE FUNCTION get_dispatch_plan(p_plan_id uuid DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT to_jsonb(p) || jsonb_build_object(
        'visits', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'transition_id', v.transition_id,
                    'number', t.number,
                    'workflow_id', t.workflow_id,
                    'stage_key', w.stage_key,
                    'stage_name', w.name,
                    'visit', w.visit,
                    'priority', t.priority,
                    'engineer', e.code,
                    'engineer_name', e.name,
                    'position', v.position,
                    'starts_at', v.starts_at,
                    'ends_at', v.ends_at,
                    'travel', extract(epoch FROM v.travel),
                    'travel_km', v.travel_km,
                    'travel_assumed', v.travel_assumed,
                    'present_engineer', b.code,
                    'reason_kind', v.reason_kind,
                    'reason', v.reason,
                    'outcome', v.outcome,
                    'outcome_reason', v.outcome_reason
                )
                ORDER BY e.code NULLS LAST, v.starts_at, v.position, t.number
            )
            FROM dispatch_plan_visits AS v
            JOIN workflow_stage_transitions AS w ON w.id = v.transition_id
            JOIN ticket_workflow_instances AS i ON i.id = w.instance_id
            JOIN service_tickets AS t ON t.id = i.ticket_id
            LEFT JOIN engineers AS e ON e.id = v.engineer_id
            LEFT JOIN engineers AS b ON b.id = v.present_engineer_id
            WHERE v.plan_id = p.id
        ), '[]')
    )
    FROM dispatch_plans AS p
    WHERE p_plan_id IS NULL OR p.id = p_plan_id
    ORDER BY p.made_at DESC
    LIMIT 1
$$;

COMMENT ON FUNCTION get_dispatch_plan(uuid) IS 'A plan of visits with all of them as JSON; without an id the newest.';
