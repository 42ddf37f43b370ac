-- Every stage visit with what belongs to it, counted: one row per visit of a ticket to a stage.
-- time_in_stage: from entry until it was finished, the ticket ended, or now; NULL if it was never entered. engineer:
-- the primary one; engineers: everybody assigned and not replaced. parts: parts lines of the visit that are not
-- cancelled; parts_outstanding: those of them that are not used and have fewer received than the larger of identified
-- and ordered. attachments: files that are not deleted. checklist: required actions of the frozen template;
-- checklist_done: those of them that have an answer on record; checklist_percentage is NULL where nothing is required.
-- clock_…: the stage's clock as of its newest event, NULL where the visit has none.
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
    COALESCE(v.finished_at, t.closed_at, now()) - v.entered_at AS time_in_stage,
    g.engineer,
    g.engineers,
    p.parts,
    p.parts_outstanding,
    f.attachments,
    r.checklist,
    r.checklist_done,
    round(100.0 * r.checklist_done / NULLIF(r.checklist, 0), 2) AS checklist_percentage,
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
        )[1] AS engineer,
        count(DISTINCT a.engineer_id) AS engineers
    FROM stage_assignments AS a
    JOIN engineers AS e ON e.id = a.engineer_id
    WHERE a.transition_id = v.id AND a.status <> 'replaced'
) AS g
CROSS JOIN LATERAL (
    SELECT
        count(*) AS parts,
        count(*) FILTER (
            WHERE q.status <> 'used' AND q.quantity_received < greatest(q.quantity_identified, q.quantity_ordered)
        ) AS parts_outstanding
    FROM ticket_parts_required AS q
    WHERE q.transition_id = v.id AND q.status <> 'cancelled'
) AS p
CROSS JOIN LATERAL (
    SELECT count(*) AS attachments
    FROM stage_attachments AS b
    WHERE b.transition_id = v.id AND b.deleted_at IS NULL
) AS f
CROSS JOIN LATERAL (
    SELECT
        count(*) AS checklist,
        count(*) FILTER (WHERE x.actions ->> (n.action ->> 'key') <> '') AS checklist_done
    FROM jsonb_array_elements(i.template_snapshot -> 'stages') AS d (stage)
    CROSS JOIN jsonb_array_elements(d.stage -> 'required_actions') AS n (action)
    WHERE d.stage ->> 'key' = v.stage_key
) AS r;

COMMENT ON VIEW stage_execution_overview IS
    'One row per stage visit: status, engineers, parts, attachments, checklist, clock. Ask by ticket_id or number.';
