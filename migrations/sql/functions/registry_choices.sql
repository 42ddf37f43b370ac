-- What a row of the registry can name of short lists, by the field: codes, in their order.
CREATE OR REPLACE FUNCTION registry_choices()
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'calendar', (SELECT jsonb_agg(DISTINCT r.code ORDER BY r.code) FROM business_calendars AS r WHERE r.active),
        'equipment_type', (SELECT jsonb_agg(r.code ORDER BY r.code) FROM equipment_catalog AS r WHERE r.active),
        'manufacturer', (SELECT jsonb_agg(r.code ORDER BY r.code) FROM manufacturers AS r WHERE r.active)
    )
$$;

COMMENT ON FUNCTION registry_choices() IS 'What a row of the registry can name of short lists: codes, by the field.';
