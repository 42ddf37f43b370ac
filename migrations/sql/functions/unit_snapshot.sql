-- A unit as intake freezes it into a ticket, with its status and what it can be scanned by.
CREATE OR REPLACE FUNCTION unit_snapshot(p_equipment_id uuid)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'equipment_id', e.id,
        'serial', e.serial,
        'udi', e.udi,
        'equipment_type', t.name,
        'category', t.category,
        'model', e.model,
        'manufacturer', m.name,
        'customer_id', c.id,
        'customer_code', c.code,
        'customer_name', c.name,
        'site_id', s.id,
        'site_name', s.name,
        'time_zone', s.time_zone,
        'installed_context', e.installed_context,
        'status', e.status
    )
    FROM equipment_registry AS e
    JOIN equipment_catalog AS t ON t.id = e.equipment_type_id
    JOIN manufacturers AS m ON m.id = e.manufacturer_id
    JOIN customers AS c ON c.id = e.customer_id
    JOIN customer_sites AS s ON s.id = e.site_id
    WHERE e.id = p_equipment_id
$$;

COMMENT ON FUNCTION unit_snapshot(uuid) IS 'A unit as JSON, as intake freezes it; NULL where there is none.';
