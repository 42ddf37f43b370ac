-- requires: calendar_snapshot, engineers_availability
-- What is known of who could do the open stages of a ticket (models.contracts.recommendation.EngineerCase), in one query:
-- the stages that engineers do, and all active engineers with expertise for the type of equipment, of its make or of
-- any, with absences, shift calendars, load and what became of like tickets. With p_engineer_code that engineer alone,
-- active or not, with expertise or without, and without like tickets: who is assigned is not scored.
-- What they know of the make counts before what they know of any, as in get_qualified_engineers(). Like tickets: closed
-- ones about the same type, of the last 24 months; the one who did the first repair has the job. NULL: no such ticket.
CREATE OR REPLACE FUNCTION engineer_case(p_ticket_id uuid, p_engineer_code text DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
    WITH ticket AS MATERIALIZED (
        SELECT
            t.id, t.number, i.id AS instance_id, i.template_snapshot, r.equipment_type_id, r.manufacturer_id,
            k.name AS equipment_type, m.name AS manufacturer, s.latitude, s.longitude, s.time_zone
        FROM service_tickets AS t
        JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
        JOIN equipment_registry AS r ON r.id = t.equipment_id
        JOIN equipment_catalog AS k ON k.id = r.equipment_type_id
        JOIN manufacturers AS m ON m.id = r.manufacturer_id
        JOIN customer_sites AS s ON s.id = r.site_id
        WHERE t.id = p_ticket_id
    ),
    known AS MATERIALIZED (
        SELECT DISTINCT ON (x.engineer_id) x.*
        FROM ticket
        JOIN engineer_equipment_expertise AS x ON x.equipment_type_id = ticket.equipment_type_id
        WHERE x.active AND (x.manufacturer_id IS NULL OR x.manufacturer_id = ticket.manufacturer_id)
        ORDER BY x.engineer_id, x.manufacturer_id NULLS LAST
    ),
    who AS MATERIALIZED (
        SELECT e.*, e.shift_calendar_id || ' ' || e.time_zone AS calendar
        FROM engineers AS e
        WHERE CASE
            WHEN p_engineer_code IS NULL THEN e.active AND e.id IN (SELECT known.engineer_id FROM known)
            ELSE e.code = upper(p_engineer_code)
        END
    ),
    shifts AS (
        SELECT jsonb_object_agg(c.calendar, calendar_snapshot(c.shift_calendar_id, now(), c.time_zone)) AS calendars
        FROM (
            SELECT DISTINCT w.calendar, w.shift_calendar_id, w.time_zone FROM who AS w WHERE w.calendar IS NOT NULL
        ) AS c
    ),
    away AS (
        SELECT
            b.engineer_id,
            jsonb_agg(
                jsonb_build_object(
                    'starts_at', CASE WHEN isfinite(b.starts_at) THEN b.starts_at END,
                    'ends_at', CASE WHEN isfinite(b.ends_at) THEN b.ends_at END
                )
                ORDER BY b.starts_at
            ) AS absences
        FROM engineer_absences AS b
        WHERE b.engineer_id IN (SELECT w.id FROM who AS w) AND b.active AND b.ends_at > now()
        GROUP BY b.engineer_id
    ),
    certified AS (
        SELECT
            x.engineer_id,
            jsonb_agg(
                jsonb_build_array(c.issued_on, LEAST(c.expires_on, c.revoked_on - 1)) ORDER BY c.issued_on, c.id
            ) AS spans
        FROM known AS x
        CROSS JOIN ticket
        JOIN engineer_certifications AS c
            ON c.engineer_id = x.engineer_id AND c.certification = x.required_certification
        WHERE (c.equipment_type_id IS NULL OR c.equipment_type_id = x.equipment_type_id)
            AND (c.manufacturer_id IS NULL OR c.manufacturer_id = ticket.manufacturer_id)
        GROUP BY x.engineer_id
    ),
    done AS MATERIALIZED (
        SELECT a.engineer_id, i.ticket_id, v.id, v.stage_type, v.visit, v.finished_at, v.outcome, t.reopened
        FROM ticket
        -- The newest tell enough, and a large house has tens of thousands of a type.
        CROSS JOIN LATERAL (
            SELECT s.ticket_id
            FROM ticket_search AS s
            WHERE s.equipment_type_id = ticket.equipment_type_id AND s.closed_at >= now() - interval '24 months'
            ORDER BY s.closed_at DESC
            LIMIT 1000
        ) AS newest
        JOIN service_tickets AS t
            ON t.id = newest.ticket_id AND t.status = 'closed' AND t.closed_at >= now() - interval '24 months'
        JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
        JOIN workflow_stage_transitions AS v ON v.instance_id = i.id AND v.status = 'completed'
        JOIN stage_assignments AS a
            ON a.transition_id = v.id AND a.assignment_type = 'primary' AND a.status = 'released'
        WHERE p_engineer_code IS NULL AND t.id <> ticket.id
    ),
    jobs AS (
        SELECT
            d.ticket_id,
            (array_agg(d.engineer_id ORDER BY d.visit, d.finished_at))[1] AS engineer_id,
            max(d.visit) = 1
                AND bool_and(d.outcome IS DISTINCT FROM 'test_failed')
                AND bool_and(d.reopened = 0) AS fixed_first
        FROM done AS d
        WHERE d.stage_type = 'repair'
        GROUP BY d.ticket_id
    ),
    rated AS (
        SELECT DISTINCT ON (i.ticket_id) i.ticket_id, x.customer_rating AS rating
        FROM (SELECT DISTINCT done.ticket_id FROM done) AS d
        JOIN ticket_workflow_instances AS i ON i.ticket_id = d.ticket_id
        JOIN workflow_stage_transitions AS v ON v.instance_id = i.id AND v.status = 'completed'
        JOIN stage_execution_data AS x ON x.transition_id = v.id
        WHERE x.customer_rating IS NOT NULL
        ORDER BY i.ticket_id, v.finished_at DESC
    ),
    track AS MATERIALIZED (
        SELECT
            p.engineer_id, sum(p.jobs) AS jobs, sum(p.fixed_first) AS fixed_first, sum(p.timed) AS timed,
            sum(p.on_time) AS on_time, sum(p.tickets) AS tickets, sum(p.reopened) AS reopened,
            sum(p.ratings) AS ratings, sum(p.rating_sum) AS rating_sum
        FROM (
            SELECT j.engineer_id, 1, j.fixed_first::integer, 0, 0, 0, 0, 0, 0 FROM jobs AS j
            UNION ALL
            SELECT d.engineer_id, 0, 0, 1, (c.state = 'met')::integer, 0, 0, 0, 0
            FROM done AS d
            JOIN sla_clocks AS c
                ON c.ticket_id = d.ticket_id AND c.transition_id = d.id AND c.state IN ('met', 'breached')
            UNION ALL
            SELECT
                w.engineer_id, 0, 0, 0, 0, 1, (w.reopened > 0)::integer, (n.rating IS NOT NULL)::integer,
                COALESCE(n.rating, 0)
            FROM (SELECT DISTINCT done.engineer_id, done.ticket_id, done.reopened FROM done) AS w
            LEFT JOIN rated AS n ON n.ticket_id = w.ticket_id
        ) AS p (engineer_id, jobs, fixed_first, timed, on_time, tickets, reopened, ratings, rating_sum)
        GROUP BY p.engineer_id
    ),
    load AS (
        SELECT
            a.engineer_id, a.open_assignments, round(a.workload_percent * a.monthly_capacity / 100)::integer AS tickets
        FROM engineers_availability(ARRAY(SELECT w.id FROM who AS w), now()) AS a
    )
    SELECT jsonb_build_object(
        'number', ticket.number,
        'at', now(),
        'parts_at', (
            SELECT max(p.expected_at)
            FROM ticket_parts_required AS p
            WHERE p.ticket_id = ticket.id AND p.status IN ('requested', 'ordered')
        ),
        'due_at', (
            SELECT c.due_at
            FROM sla_clocks AS c
            WHERE c.ticket_id = ticket.id AND c.kind = 'resolution' AND c.ended_at IS NULL
        ),
        'diagnosis_level', (
            SELECT d.support_level
            FROM ai_diagnosis_results AS d
            WHERE d.ticket_id = ticket.id AND d.status NOT IN ('superseded', 'refused')
            ORDER BY d.proposed_at DESC, d.id DESC
            LIMIT 1
        ),
        'unit', jsonb_build_object(
            'equipment_type', ticket.equipment_type,
            'manufacturer', ticket.manufacturer,
            'latitude', ticket.latitude,
            'longitude', ticket.longitude,
            'time_zone', ticket.time_zone
        ),
        'stages', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'key', v.stage_key,
                        'name', v.name,
                        'visit', v.visit,
                        'stage_type', v.stage_type,
                        'status', v.status,
                        'support_level', v.support_level,
                        'on_site', COALESCE((s.stage ->> 'on_site')::boolean, false),
                        'due_at', c.due_at,
                        'weights', COALESCE(w.weights, '{}')
                    )
                    ORDER BY v.position
                )
                FROM workflow_stage_transitions AS v
                JOIN LATERAL jsonb_array_elements(ticket.template_snapshot -> 'stages') AS s (stage)
                    ON s.stage ->> 'key' = v.stage_key
                LEFT JOIN sla_clocks AS c
                    ON c.ticket_id = ticket.id AND c.transition_id = v.id AND c.ended_at IS NULL
                LEFT JOIN workflow_ai_configuration AS w
                    ON w.template_id = (ticket.template_snapshot ->> 'template_id')::uuid
                    AND w.stage_key = v.stage_key
                    AND w.task = 'engineer_recommendation'
                WHERE v.instance_id = ticket.instance_id
                    AND v.status IN ('pending', 'in_progress', 'blocked')
                    AND COALESCE(s.stage ->> 'performer', 'engineer') = 'engineer'
            ),
            '[]'
        ),
        'calendars', COALESCE((SELECT shifts.calendars FROM shifts), '{}'),
        'all_like', (
            SELECT jsonb_build_object(
                'jobs', COALESCE(sum(n.jobs), 0),
                'fixed_first', COALESCE(sum(n.fixed_first), 0),
                'timed', COALESCE(sum(n.timed), 0),
                'on_time', COALESCE(sum(n.on_time), 0),
                'tickets', COALESCE(sum(n.tickets), 0),
                'reopened', COALESCE(sum(n.reopened), 0),
                'ratings', COALESCE(sum(n.ratings), 0),
                'rating_sum', COALESCE(sum(n.rating_sum), 0)
            )
            FROM track AS n
        ),
        'candidates', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'engineer_id', w.id,
                        'code', w.code,
                        'name', w.name,
                        'support_level', w.support_level,
                        'active', w.active,
                        'latitude', w.home_latitude,
                        'longitude', w.home_longitude,
                        'time_zone', w.time_zone,
                        'calendar', w.calendar,
                        'expertise', CASE
                            WHEN x.id IS NOT NULL THEN jsonb_build_object(
                                'support_level', x.support_level,
                                'capabilities', x.capabilities,
                                'years', x.years_of_experience,
                                'make_specific', x.manufacturer_id IS NOT NULL,
                                'certification', x.required_certification,
                                'certified', COALESCE(k.spans, '[]')
                            )
                        END,
                        'other_makes', x.id IS NULL AND EXISTS (
                            SELECT
                            FROM engineer_equipment_expertise AS o
                            WHERE o.engineer_id = w.id
                                AND o.equipment_type_id = ticket.equipment_type_id
                                AND o.active
                        ),
                        'absences', COALESCE(b.absences, '[]'),
                        'open_visits', COALESCE(l.open_assignments, 0),
                        'load', COALESCE(l.tickets, 0),
                        'capacity', w.monthly_capacity,
                        'track', CASE
                            WHEN n.engineer_id IS NULL THEN '{}'::jsonb
                            ELSE to_jsonb(n) - 'engineer_id'
                        END
                    )
                    ORDER BY w.code
                )
                FROM who AS w
                LEFT JOIN known AS x ON x.engineer_id = w.id
                LEFT JOIN certified AS k ON k.engineer_id = w.id
                LEFT JOIN away AS b ON b.engineer_id = w.id
                LEFT JOIN load AS l ON l.engineer_id = w.id
                LEFT JOIN track AS n ON n.engineer_id = w.id
            ),
            '[]'
        )
    )
    FROM ticket
$$;

COMMENT ON FUNCTION engineer_case(uuid, text) IS
    'What is known of who could do the open stages of a ticket, as JSON; of one engineer alone where one is named.';
