-- Who services what, from the most specific to the default: one row per service configuration.
-- specificity_rank is the order in which get_service_configuration() prefers them: 1 type and make, 2 type, 3 make,
-- 4 neither; level is what it calls them. Scope names are NULL where the configuration is for any.
-- manufacturer_desk: whom to hand over to, where the manufacturer services; NULL in a configuration for any make that
-- names no desk: then it is the desk of the unit's make. in_force: active, and now within [valid_from, valid_to).
CREATE VIEW service_config_hierarchy AS
SELECT
    c.id AS configuration_id,
    c.code,
    CASE
        WHEN c.equipment_type_id IS NOT NULL THEN 'equipment'
        WHEN c.manufacturer_id IS NOT NULL THEN 'manufacturer'
        ELSE 'default'
    END AS level,
    CASE
        WHEN c.equipment_type_id IS NOT NULL AND c.manufacturer_id IS NOT NULL THEN 1
        WHEN c.equipment_type_id IS NOT NULL THEN 2
        WHEN c.manufacturer_id IS NOT NULL THEN 3
        ELSE 4
    END AS specificity_rank,
    k.code AS equipment_type_code,
    k.name AS equipment_type_name,
    m.code AS manufacturer_code,
    m.name AS manufacturer_name,
    c.service_provider,
    c.parts_provider,
    c.response_target,
    c.parts_lead_time,
    c.oem_parts_only,
    CASE WHEN c.service_provider = 'manufacturer' THEN COALESCE(c.manufacturer_desk, m.service_desk) END
        AS manufacturer_desk,
    c.active,
    c.valid_from,
    c.valid_to,
    c.active AND c.valid_from <= now() AND (c.valid_to IS NULL OR now() < c.valid_to) AS in_force
FROM manufacturer_service_config AS c
LEFT JOIN equipment_catalog AS k ON k.id = c.equipment_type_id
LEFT JOIN manufacturers AS m ON m.id = c.manufacturer_id;

COMMENT ON VIEW service_config_hierarchy IS
    'One row per service configuration: scope, level and rank, who provides what and how fast, whether it is in force.';
