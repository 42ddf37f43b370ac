-- Who services a unit at a moment, and how fast. The same hierarchy as select_workflow_template().
CREATE OR REPLACE FUNCTION get_service_configuration(p_equipment_id uuid, p_at timestamptz DEFAULT now())
RETURNS TABLE (
    configuration_id uuid,
    selected_by text,
    service_provider text,
    parts_provider text,
    response_target interval,
    parts_lead_time interval,
    oem_parts_only boolean,
    manufacturer_desk text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        c.id,
        CASE
            WHEN c.equipment_type_id IS NOT NULL THEN 'equipment'
            WHEN c.manufacturer_id IS NOT NULL THEN 'manufacturer'
            ELSE 'default'
        END,
        c.service_provider,
        c.parts_provider,
        c.response_target,
        c.parts_lead_time,
        c.oem_parts_only,
        CASE WHEN c.service_provider = 'manufacturer' THEN COALESCE(c.manufacturer_desk, m.service_desk) END
    FROM equipment_registry AS e
    JOIN manufacturers AS m ON m.id = e.manufacturer_id
    JOIN manufacturer_service_config AS c
        ON (c.equipment_type_id IS NULL OR c.equipment_type_id = e.equipment_type_id)
        AND (c.manufacturer_id IS NULL OR c.manufacturer_id = e.manufacturer_id)
    WHERE e.id = p_equipment_id
        AND c.active
        AND c.valid_from <= p_at
        AND (c.valid_to IS NULL OR p_at < c.valid_to)
    ORDER BY c.equipment_type_id IS NULL, c.manufacturer_id IS NULL
    LIMIT 1
$$;

COMMENT ON FUNCTION get_service_configuration(uuid, timestamptz) IS
    'The service configuration of a unit at a moment and the level it was found at; no row where nothing fits.';
