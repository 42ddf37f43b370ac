-- requires: calendar_snapshot, engineers_availability
-- What a plan of visits from p_from to p_until is made from, as one document: the engineers in use with their skills,
-- certificates, shift calendars and absences; the open visits on site that are engineers' work, with place, hours, deadlines
-- and who has them; and how long such visits took before.
-- A visit is one that is in progress, or one that waits for nothing but parts on order (`ready_at` says until when they are
-- expected; parts that nobody expects at a time keep it out). What is on hold until after p_until is left out.
-- `under_way`: an engineer is on the road or there already. `planned_at`: for when the newest applied plan had it, with the
-- engineer who still has it. Durations are medians between arrival and end over the 5000 tickets that closed last.
CREATE OR REPLACE FUNCTION dispatch_problem(p_from timestamptz, p_until timestamptz)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH visit AS MATERIALIZED (
        SELECT
            v.id AS transition_id, v.stage_key, v.name, v.stage_type, v.visit, v.status, v.support_level,
            v.travel_started_at, v.arrived_at, t.id AS ticket_id, t.number, t.workflow_id, t.priority, t.equipment_id,
            t.site_id, t.status AS ticket_status, t.resume_at, i.calendar_snapshot, a.engineer_id, a.work_location,
            (
                SELECT count(*)
                FROM stage_assignments AS s
                WHERE s.transition_id = v.id AND s.status = 'active' AND s.assignment_type = 'secondary'
            ) AS seconds
        FROM service_tickets AS t
        JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id AND i.status = 'running'
        JOIN workflow_stage_transitions AS v ON v.instance_id = i.id AND v.status IN ('in_progress', 'pending')
        JOIN LATERAL jsonb_array_elements(i.template_snapshot -> 'stages') AS s (stage) ON s.stage ->> 'key' = v.stage_key
        LEFT JOIN stage_assignments AS a
            ON a.transition_id = v.id AND a.status = 'active' AND a.assignment_type = 'primary'
        WHERE t.status IN ('open', 'on_hold')
            AND (t.status = 'open' OR t.resume_at < p_until)
            AND (s.stage ->> 'on_site')::boolean
            AND COALESCE(s.stage ->> 'performer', 'engineer') = 'engineer'
            AND (
                v.status = 'in_progress'
                OR NOT EXISTS (
                    SELECT
                    FROM jsonb_array_elements_text(s.stage -> 'prerequisites') AS p (key)
                    LEFT JOIN LATERAL (
                        SELECT w.status, w.stage_type
                        FROM workflow_stage_transitions AS w
                        WHERE w.instance_id = i.id AND w.stage_key = p.key
                        ORDER BY w.visit DESC
                        LIMIT 1
                    ) AS before ON true
                    WHERE COALESCE(
                        before.status NOT IN ('completed', 'skipped')
                            AND NOT (before.stage_type = 'procurement' AND before.status = 'in_progress'),
                        true
                    )
                )
            )
    ),
    awaited AS (
        SELECT p.ticket_id, max(p.expected_at) AS ready_at, count(*) FILTER (WHERE p.expected_at IS NULL) AS unknown
        FROM ticket_parts_required AS p
        WHERE p.ticket_id IN (SELECT v.ticket_id FROM visit AS v)
            AND p.status IN ('requested', 'ordered')
            -- What is kept in stock for the ticket lies there, and nobody waits for it.
            AND NOT (
                p.status = 'requested'
                AND EXISTS (
                    SELECT FROM stock_reservations AS r WHERE r.ticket_id = p.ticket_id AND r.ticket_part_id = p.id
                )
            )
        GROUP BY p.ticket_id
    ),
    plannable AS MATERIALIZED (
        SELECT v.*, w.ready_at
        FROM visit AS v
        LEFT JOIN awaited AS w ON w.ticket_id = v.ticket_id
        WHERE COALESCE(w.unknown, 0) = 0 AND (v.status = 'in_progress' OR w.ready_at IS NOT NULL)
    ),
    lasted AS (
        SELECT v.stage_type, c.code AS equipment_type, v.finished_at - v.arrived_at AS took
        FROM (
            SELECT t.id, t.equipment_id
            FROM service_tickets AS t
            WHERE t.status = 'closed'
            ORDER BY t.closed_at DESC
            LIMIT 5000
        ) AS t
        JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
        JOIN workflow_stage_transitions AS v
            ON v.instance_id = i.id AND v.status = 'completed' AND v.arrived_at < v.finished_at
        JOIN equipment_registry AS u ON u.id = t.equipment_id
        JOIN equipment_catalog AS c ON c.id = u.equipment_type_id
    )
    SELECT jsonb_build_object(
        'engineers', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'engineer_id', e.id,
                    'code', e.code,
                    'name', e.name,
                    'support_level', e.support_level,
                    'time_zone', e.time_zone,
                    'latitude', e.home_latitude,
                    'longitude', e.home_longitude,
                    'has_shifts', e.shift_calendar_id IS NOT NULL,
                    'calendar', calendar_snapshot(e.shift_calendar_id, p_from, e.time_zone),
                    'room', greatest(
                        0,
                        w.monthly_capacity - round(w.workload_percent * w.monthly_capacity / 100)
                            + (SELECT count(DISTINCT p.ticket_id) FROM plannable AS p WHERE p.engineer_id = e.id)
                    ),
                    'skills', COALESCE((
                        SELECT jsonb_agg(
                            jsonb_build_object(
                                'equipment_type', c.code,
                                'manufacturer', m.code,
                                'level', x.support_level,
                                'capabilities', x.capabilities,
                                'certification', x.required_certification
                            )
                            ORDER BY c.code, m.code, x.id
                        )
                        FROM engineer_equipment_expertise AS x
                        JOIN equipment_catalog AS c ON c.id = x.equipment_type_id
                        LEFT JOIN manufacturers AS m ON m.id = x.manufacturer_id
                        WHERE x.engineer_id = e.id AND x.active
                    ), '[]'),
                    'certificates', COALESCE((
                        SELECT jsonb_agg(
                            jsonb_build_object(
                                'certification', k.certification,
                                'equipment_type', c.code,
                                'manufacturer', m.code,
                                'valid_from', k.issued_on,
                                'valid_until', least(k.expires_on, k.revoked_on - 1)
                            )
                            ORDER BY k.certification, k.issued_on, k.id
                        )
                        FROM engineer_certifications AS k
                        LEFT JOIN equipment_catalog AS c ON c.id = k.equipment_type_id
                        LEFT JOIN manufacturers AS m ON m.id = k.manufacturer_id
                        WHERE k.engineer_id = e.id
                    ), '[]'),
                    'absences', COALESCE((
                        SELECT jsonb_agg(
                            jsonb_build_object('from', b.starts_at, 'until', least(b.ends_at, p_until))
                            ORDER BY b.starts_at
                        )
                        FROM engineer_absences AS b
                        WHERE b.engineer_id = e.id AND b.active
                            AND tstzrange(b.starts_at, b.ends_at) && tstzrange(p_from, p_until)
                    ), '[]')
                )
                ORDER BY e.code
            )
            FROM engineers AS e
            JOIN engineers_availability(ARRAY(SELECT a.id FROM engineers AS a WHERE a.active), p_from) AS w
                ON w.engineer_id = e.id
            WHERE e.active
        ), '[]'),
        'visits', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'transition_id', v.transition_id,
                    'number', v.number,
                    'workflow_id', v.workflow_id,
                    'stage_key', v.stage_key,
                    'stage_name', v.name,
                    'stage_type', v.stage_type,
                    'visit', v.visit,
                    'pending', v.status = 'pending',
                    'priority', v.priority,
                    'support_level', v.support_level,
                    'equipment_type', c.code,
                    'manufacturer', m.code,
                    'customer', k.code,
                    'site', s.code,
                    'latitude', s.latitude,
                    'longitude', s.longitude,
                    'calendar', v.calendar_snapshot,
                    'ready_at', greatest(v.ready_at, CASE WHEN v.ticket_status = 'on_hold' THEN v.resume_at END),
                    'arrival_due', d.arrival,
                    'resolution_due', d.resolution,
                    'stage_due', d.stage,
                    'engineer', e.code,
                    'work_location', v.work_location,
                    'crew', least(2, 1 + v.seconds),
                    'under_way', COALESCE(v.arrived_at, v.travel_started_at),
                    'arrived', v.arrived_at IS NOT NULL,
                    'planned_at', (
                        SELECT q.starts_at
                        FROM dispatch_plan_visits AS q
                        JOIN dispatch_plans AS p ON p.id = q.plan_id AND p.applied_at IS NOT NULL
                        WHERE q.transition_id = v.transition_id
                            AND q.engineer_id = v.engineer_id
                            AND q.outcome IN ('applied', 'kept')
                        ORDER BY p.applied_at DESC
                        LIMIT 1
                    )
                )
                ORDER BY v.number, v.stage_key
            )
            FROM plannable AS v
            JOIN equipment_registry AS u ON u.id = v.equipment_id
            JOIN equipment_catalog AS c ON c.id = u.equipment_type_id
            JOIN manufacturers AS m ON m.id = u.manufacturer_id
            JOIN customer_sites AS s ON s.id = v.site_id
            JOIN customers AS k ON k.id = s.customer_id
            LEFT JOIN engineers AS e ON e.id = v.engineer_id
            LEFT JOIN LATERAL (
                SELECT
                    min(z.due_at) FILTER (WHERE z.kind = 'arrival') AS arrival,
                    min(z.due_at) FILTER (WHERE z.kind = 'resolution') AS resolution,
                    min(z.due_at) FILTER (WHERE z.kind = 'stage' AND z.transition_id = v.transition_id) AS stage
                FROM sla_clocks AS z
                WHERE z.ticket_id = v.ticket_id AND z.ended_at IS NULL
            ) AS d ON true
        ), '[]'),
        'durations', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'stage_type', g.stage_type,
                    'equipment_type', g.equipment_type,
                    'visits', g.visits,
                    'median', g.median
                )
                ORDER BY g.stage_type, g.equipment_type
            )
            FROM (
                SELECT
                    l.stage_type,
                    l.equipment_type,
                    count(*) AS visits,
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM l.took)::double precision) AS median
                FROM lasted AS l
                GROUP BY GROUPING SETS ((l.stage_type, l.equipment_type), (l.stage_type))
            ) AS g
        ), '[]')
    )
$$;

COMMENT ON FUNCTION dispatch_problem(timestamptz, timestamptz) IS
    'What a plan of visits is made from: engineers, open visits on site, and how long such visits took.';
