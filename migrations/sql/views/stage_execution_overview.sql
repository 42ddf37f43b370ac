-- Every stage visit with what belongs to it, counted: one row per visit of a ticket to a stage. The figures are those
-- of get_stage_execution_summary(), over all tickets.
-- duration: entered → finished, NULL until then. time_in_stage: from entry until it was finished, the ticket ended, or
-- now. engineers_count: different engineers who were not replaced. parts_count: parts that were not cancelled;
-- parts_outstanding: pieces of them that were ordered and have not come. attachments_count: files that were not
-- deleted.
-- checklist_required: required actions of the frozen template, none of a skipped visit; checklist_done: those with a
-- valid answer on record; checklist_percentage is NULL where nothing is required. Clock figures: the stage's clock as
-- it last moved, NULL where the visit has none; target then is that of the template.
CREATE VIEW stage_execution_overview AS
SELECT
    t.id AS ticket_id,
    t.number,
    t.status AS ticket_status,
    v.id AS transition_id,
    v.position,
    v.stage_key,
    v.name AS stage_name,
    v.stage_type,
    v.visit,
    v.status,
    v.outcome,
    v.reason,
    v.support_level,
    v.entered_at,
    v.finished_at,
    v.finished_at - v.entered_at AS duration,
    COALESCE(v.finished_at, t.closed_at, now()) - v.entered_at AS time_in_stage,
    g.primary_engineer_code,
    g.engineers_count,
    p.parts_count,
    p.parts_outstanding,
    f.attachments_count,
    r.required AS checklist_required,
    r.done AS checklist_done,
    round(100.0 * r.done / NULLIF(r.required, 0), 2) AS checklist_percentage,
    c.state AS clock_state,
    COALESCE(c.target, v.target_duration) AS target,
    c.elapsed AS clock_elapsed,
    c.due_at AS clock_due_at
FROM service_tickets AS t
JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
LEFT JOIN sla_clocks AS c ON c.ticket_id = t.id AND c.transition_id = v.id AND c.kind = 'stage'
LEFT JOIN stage_execution_data AS x ON x.transition_id = v.id
CROSS JOIN LATERAL (
    SELECT
        (
            array_agg(e.code ORDER BY a.assigned_at DESC, a.id DESC) FILTER (WHERE a.assignment_type = 'primary')
        )[1] AS primary_engineer_code,
        count(DISTINCT a.engineer_id) AS engineers_count
    FROM stage_assignments AS a
    JOIN engineers AS e ON e.id = a.engineer_id
    WHERE a.transition_id = v.id AND a.status <> 'replaced'
) AS g
CROSS JOIN LATERAL (
    SELECT
        count(*) AS parts_count,
        COALESCE(sum(q.quantity_ordered - q.quantity_received), 0) AS parts_outstanding
    FROM ticket_parts_required AS q
    WHERE q.transition_id = v.id AND q.status <> 'cancelled'
) AS p
CROSS JOIN LATERAL (
    SELECT count(*) AS attachments_count
    FROM stage_attachments AS b
    WHERE b.transition_id = v.id AND b.deleted_at IS NULL
) AS f
CROSS JOIN LATERAL (
    SELECT
        jsonb_array_length(w.criteria) AS required,
        checklist_done(w.criteria, COALESCE(x.actions, '{}')) AS done
    FROM (
        SELECT CASE
            WHEN v.status = 'skipped' THEN '[]'
            ELSE COALESCE(
                -- Strict: the lax mode would look into the array, and ask its elements whether they are one.
                jsonb_path_query_first(
                    i.template_snapshot,
                    'strict $.stages[*] ? (@.key == $key).required_actions ? (@.type() == "array")',
                    jsonb_build_object('key', v.stage_key),
                    true
                ),
                '[]'
            )
        END AS criteria
    ) AS w
) AS r;

COMMENT ON VIEW stage_execution_overview IS
    'One row per stage visit: status, engineers, parts, attachments, checklist, clock. Ask by ticket_id or number.';
