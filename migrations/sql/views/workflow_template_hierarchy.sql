-- Workflow templates as select_workflow_template() sees them: one row per template (code, version and scope).
-- specificity_rank is its order: 1 type and make, 2 type, 3 make, 4 neither (the default). hierarchy shows what a
-- template stands under: 'Default → CT Scanner → Philips' comes before 'Default → CT Scanner', that before 'Default'.
-- total_target_duration is the sum over the stages, also of those that run side by side; NULL without stages.
-- in_force: active, and now within [valid_from, valid_to). selected: in force, and no higher version of its scope is.
-- running_tickets: instances that run on it now, with their own frozen copy.
CREATE VIEW workflow_template_hierarchy AS
SELECT
    t.id AS template_id,
    t.code,
    t.name,
    t.version,
    t.workflow_type,
    CASE
        WHEN t.equipment_type_id IS NOT NULL THEN 'equipment'
        WHEN t.manufacturer_id IS NOT NULL THEN 'manufacturer'
        ELSE 'default'
    END AS level,
    CASE
        WHEN t.equipment_type_id IS NOT NULL AND t.manufacturer_id IS NOT NULL THEN 1
        WHEN t.equipment_type_id IS NOT NULL THEN 2
        WHEN t.manufacturer_id IS NOT NULL THEN 3
        ELSE 4
    END AS specificity_rank,
    concat_ws(' → ', 'Default', k.name, m.name) AS hierarchy,
    k.code AS equipment_type_code,
    k.name AS equipment_type_name,
    m.code AS manufacturer_code,
    m.name AS manufacturer_name,
    s.total_stages,
    s.total_target_duration,
    t.resolution_target,
    s.stage_path,
    t.active,
    t.valid_from,
    t.valid_to,
    f.in_force,
    f.in_force AND NOT EXISTS (
        SELECT
        FROM workflow_templates AS o
        WHERE o.equipment_type_id IS NOT DISTINCT FROM t.equipment_type_id
            AND o.manufacturer_id IS NOT DISTINCT FROM t.manufacturer_id
            AND o.version > t.version
            AND o.active
            AND o.valid_from <= now()
            AND (o.valid_to IS NULL OR now() < o.valid_to)
    ) AS selected,
    COALESCE(r.tickets, 0) AS running_tickets
FROM workflow_templates AS t
LEFT JOIN equipment_catalog AS k ON k.id = t.equipment_type_id
LEFT JOIN manufacturers AS m ON m.id = t.manufacturer_id
CROSS JOIN LATERAL (
    SELECT t.active AND t.valid_from <= now() AND (t.valid_to IS NULL OR now() < t.valid_to) AS in_force
) AS f
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total_stages,
        sum(c.target_duration) AS total_target_duration,
        string_agg(c.name, ' → ' ORDER BY c.position) AS stage_path
    FROM stage_configuration_templates AS c
    WHERE c.template_id = t.id
) AS s
LEFT JOIN (
    SELECT i.template_id, count(*) AS tickets
    FROM ticket_workflow_instances AS i
    WHERE i.status = 'running'
    GROUP BY i.template_id
) AS r ON r.template_id = t.id;

COMMENT ON VIEW workflow_template_hierarchy IS
    'One row per template: scope, level and rank, stages with their targets, whether it is in force, tickets on it.';
