-- The service configuration of a unit at a moment, as intake freezes it into a ticket. NULL where nothing fits.
CREATE OR REPLACE FUNCTION service_snapshot(p_equipment_id uuid, p_at timestamptz)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'configuration_id', c.configuration_id,
        'selected_by', c.selected_by,
        'service_provider', c.service_provider,
        'parts_provider', c.parts_provider,
        'response_target', seconds(c.response_target),
        'parts_lead_time', seconds(c.parts_lead_time),
        'oem_parts_only', c.oem_parts_only,
        'manufacturer_desk', c.manufacturer_desk
    )
    FROM get_service_configuration(p_equipment_id, p_at) AS c
$$;

COMMENT ON FUNCTION service_snapshot(uuid, timestamptz) IS
    'The service configuration of a unit as JSON, durations in seconds; NULL where nothing fits.';
