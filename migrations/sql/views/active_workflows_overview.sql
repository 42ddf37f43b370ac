-- What is being worked on now: one row per running workflow instance, that is, per ticket that is open or on hold.
-- Template code, name and version are those that were frozen into the ticket. current_stages are keys,
-- current_stage_names their names, both in order. issues_raised: holds, breaches and failed tests. sla_state, due_at
-- and the verdicts are those of ticket_sla(). age: since it was opened, by the wall clock. engineers: codes of those
-- assigned to the current stages now.
CREATE VIEW active_workflows_overview AS
SELECT
    t.id AS ticket_id,
    t.number,
    i.id AS instance_id,
    i.workflow_id,
    t.status AS ticket_status,
    t.priority,
    e.serial,
    k.name AS equipment_type_name,
    m.name AS manufacturer_name,
    e.model,
    e.installed_context,
    c.code AS customer_code,
    c.name AS customer_name,
    s.name AS site_name,
    f.code AS template_code,
    f.name AS template_name,
    f.version AS template_version,
    i.current_stages,
    w.current_stage_names,
    i.completion_percentage,
    i.issues_raised,
    i.latest_issue,
    i.latest_issue_at,
    sla.state AS sla_state,
    sla.due_at,
    sla.clocks_met,
    sla.clocks_breached,
    t.opened_at,
    now() - t.opened_at AS age,
    a.engineers
FROM ticket_workflow_instances AS i
JOIN service_tickets AS t ON t.id = i.ticket_id
JOIN equipment_registry AS e ON e.id = t.equipment_id
JOIN equipment_catalog AS k ON k.id = e.equipment_type_id
JOIN manufacturers AS m ON m.id = e.manufacturer_id
JOIN customers AS c ON c.id = t.customer_id
JOIN customer_sites AS s ON s.id = t.site_id
-- One reading of the whole document: it is stored compressed.
CROSS JOIN LATERAL jsonb_to_record(i.template_snapshot) AS f (code text, name text, version integer)
CROSS JOIN LATERAL ticket_sla(t.id) AS sla
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(v.name ORDER BY v.position, v.visit), '{}') AS current_stage_names
    FROM workflow_stage_transitions AS v
    WHERE v.instance_id = i.id AND v.status = 'in_progress'
) AS w
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(DISTINCT n.code ORDER BY n.code), '{}') AS engineers
    FROM workflow_stage_transitions AS v
    JOIN stage_assignments AS g ON g.transition_id = v.id AND g.status = 'active'
    JOIN engineers AS n ON n.id = g.engineer_id
    WHERE v.instance_id = i.id AND v.status = 'in_progress'
) AS a
WHERE i.status = 'running';

COMMENT ON VIEW active_workflows_overview IS
    'One row per running ticket: unit, customer, template, current stages, completion, issues, SLA, age, engineers.';
