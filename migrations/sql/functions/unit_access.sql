-- Whose a unit is, by their codes, as `models.access.Whose` reads it.
CREATE OR REPLACE FUNCTION unit_access(p_equipment_id uuid)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object('customer', c.code, 'site', s.code, 'manufacturer', m.code)
    FROM equipment_registry AS e
    JOIN manufacturers AS m ON m.id = e.manufacturer_id
    JOIN customers AS c ON c.id = e.customer_id
    JOIN customer_sites AS s ON s.id = e.site_id
    WHERE e.id = p_equipment_id
$$;

COMMENT ON FUNCTION unit_access(uuid) IS 'Whose a unit is: the codes of customer, site and manufacturer, as JSON.';
