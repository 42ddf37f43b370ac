-- The catalog of equipment at a glance: one row per type of equipment.
-- Parts: those of the type. parts_oem + parts_compatible = parts_total, and so do the four stock states of
-- stock_status(). Units: active ones; units_<context> says where they are installed, and the six add up to
-- units_installed. Decommissioned units are counted apart.
CREATE VIEW equipment_catalog_overview AS
SELECT
    k.id AS equipment_type_id,
    k.code,
    k.name,
    k.category,
    k.use_case,
    k.maintenance_interval,
    k.maintenance_requirements,
    p.parts_total,
    p.parts_oem,
    p.parts_compatible,
    p.parts_in_stock,
    p.parts_low_stock,
    p.parts_out_of_stock,
    p.parts_discontinued,
    COALESCE(u.installed, 0) AS units_installed,
    COALESCE(u.icu, 0) AS units_icu,
    COALESCE(u.ward, 0) AS units_ward,
    COALESCE(u.operating_room, 0) AS units_operating_room,
    COALESCE(u.emergency, 0) AS units_emergency,
    COALESCE(u.imaging, 0) AS units_imaging,
    COALESCE(u.laboratory, 0) AS units_laboratory,
    COALESCE(u.decommissioned, 0) AS units_decommissioned
FROM equipment_catalog AS k
CROSS JOIN LATERAL (
    SELECT
        count(*) AS parts_total,
        count(*) FILTER (WHERE s.is_oem) AS parts_oem,
        count(*) FILTER (WHERE NOT s.is_oem) AS parts_compatible,
        count(*) FILTER (WHERE s.state = 'in_stock') AS parts_in_stock,
        count(*) FILTER (WHERE s.state = 'low_stock') AS parts_low_stock,
        count(*) FILTER (WHERE s.state = 'out_of_stock') AS parts_out_of_stock,
        count(*) FILTER (WHERE s.state = 'discontinued') AS parts_discontinued
    FROM (
        SELECT q.is_oem, stock_status(q.stock_quantity, q.reorder_level, q.discontinued) AS state
        FROM equipment_parts AS q
        WHERE q.equipment_type_id = k.id
    ) AS s
) AS p
-- Counted once for all types: the registry may be long, and this is the one pass over it.
LEFT JOIN (
    SELECT
        e.equipment_type_id,
        count(*) FILTER (WHERE e.status = 'active') AS installed,
        count(*) FILTER (WHERE e.status = 'active' AND e.installed_context = 'icu') AS icu,
        count(*) FILTER (WHERE e.status = 'active' AND e.installed_context = 'ward') AS ward,
        count(*) FILTER (WHERE e.status = 'active' AND e.installed_context = 'operating_room') AS operating_room,
        count(*) FILTER (WHERE e.status = 'active' AND e.installed_context = 'emergency') AS emergency,
        count(*) FILTER (WHERE e.status = 'active' AND e.installed_context = 'imaging') AS imaging,
        count(*) FILTER (WHERE e.status = 'active' AND e.installed_context = 'laboratory') AS laboratory,
        count(*) FILTER (WHERE e.status = 'decommissioned') AS decommissioned
    FROM equipment_registry AS e
    GROUP BY e.equipment_type_id
) AS u ON u.equipment_type_id = k.id;

COMMENT ON VIEW equipment_catalog_overview IS
    'One row per type of equipment: maintenance, parts by make and stock state, units by where they are installed.';
