-- Whether a stage of a ticket can start now, and what stands in the way: one row, none for an unknown ticket. The same
-- rule as StageGraph.ready() of the workflow: its latest visit is pending and the latest visit of each prerequisite is
-- completed or skipped, in the template as it was frozen into the ticket; and nothing starts on hold or after the end.
-- missing_prerequisites: keys of the prerequisites that are not over, in the template's order.
CREATE OR REPLACE FUNCTION can_stage_start(p_ticket_id uuid, p_stage_key text)
RETURNS TABLE (can_start boolean, reasons text[], missing_prerequisites text[])
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH stages AS (
        SELECT s.key, s.name, s.position, s.prerequisites, latest.visit, latest.status
        FROM ticket_workflow_instances AS i
        CROSS JOIN LATERAL jsonb_to_recordset(i.template_snapshot -> 'stages') AS s (
            key text, name text, position integer, prerequisites jsonb
        )
        CROSS JOIN LATERAL (
            SELECT v.visit, v.status
            FROM workflow_stage_transitions AS v
            WHERE v.instance_id = i.id AND v.stage_key = s.key
            ORDER BY v.visit DESC
            LIMIT 1
        ) AS latest
        WHERE i.ticket_id = p_ticket_id
    ),
    missing AS (
        SELECT
            COALESCE(array_agg(needed.key ORDER BY needed.place), '{}') AS keys,
            string_agg(COALESCE(other.name, needed.key), ', ' ORDER BY needed.place) AS names
        FROM stages AS s
        CROSS JOIN LATERAL jsonb_array_elements_text(COALESCE(s.prerequisites, '[]')) WITH ORDINALITY
            AS needed (key, place)
        LEFT JOIN stages AS other ON other.key = needed.key
        WHERE s.key = p_stage_key AND (other.status IN ('completed', 'skipped')) IS NOT TRUE
    )
    SELECT found.reasons = '{}', found.reasons, m.keys
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    CROSS JOIN missing AS m
    LEFT JOIN stages AS s ON s.key = p_stage_key
    CROSS JOIN LATERAL (
        SELECT array_remove(
            ARRAY[
                CASE WHEN t.closed_at IS NOT NULL THEN
                    format(
                        'The ticket is %s since %s UTC: %s if the fault is back.',
                        t.status,
                        to_char(t.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'),
                        CASE t.status WHEN 'closed' THEN 'reopen it or open a new one' ELSE 'open a new one' END
                    )
                END,
                CASE WHEN t.status = 'on_hold' THEN
                    format(
                        'The ticket is on hold (%s, until %s UTC): resume it first.',
                        t.hold_reason, to_char(t.resume_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
                    )
                END,
                CASE
                    WHEN s.key IS NULL THEN format(
                        'There is no stage "%s" in this ticket. Its stages: %s.',
                        p_stage_key, (SELECT string_agg(one.key, ', ' ORDER BY one.position) FROM stages AS one)
                    )
                    WHEN s.status = 'in_progress' THEN format(
                        '%s is in progress already (visit %s): complete it.', s.name, s.visit
                    )
                    WHEN s.status IN ('completed', 'skipped') THEN format(
                        '%s is %s already (visit %s): only a failed test or a reopening leads to a further visit.',
                        s.name, s.status, s.visit
                    )
                    WHEN s.status = 'blocked' THEN format(
                        '%s is blocked (visit %s): remove what blocks it first.', s.name, s.visit
                    )
                END,
                CASE WHEN s.status IN ('pending', 'blocked') AND m.names IS NOT NULL THEN
                    format('%s waits for %s: complete or skip that first.', s.name, m.names)
                END
            ],
            NULL
        ) AS reasons
    ) AS found
    WHERE t.id = p_ticket_id
$$;

COMMENT ON FUNCTION can_stage_start(uuid, text) IS
    'Whether a stage can start now, why not in sentences, and which prerequisites are not over; no row: no such ticket.';
