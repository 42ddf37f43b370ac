-- requires: registry_lines
-- A row of the registry as people say it: other rows by their codes; `in_use` false where it is retired. NULL where there
-- is none.
CREATE OR REPLACE FUNCTION registry_document(p_kind text, p_id uuid)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_document jsonb;
BEGIN
    CASE p_kind
        WHEN 'customers' THEN
            SELECT jsonb_build_object('code', r.code, 'name', r.name, 'calendar', b.code, 'in_use', r.active)
            INTO v_document
            FROM customers AS r
            LEFT JOIN business_calendars AS b ON b.id = r.calendar_id
            WHERE r.id = p_id;
        WHEN 'sites' THEN
            SELECT jsonb_build_object(
                'customer', c.code, 'code', r.code, 'name', r.name, 'location', r.location, 'time_zone', r.time_zone,
                'latitude', r.latitude, 'longitude', r.longitude, 'in_use', r.active
            )
            INTO v_document
            FROM customer_sites AS r
            JOIN customers AS c ON c.id = r.customer_id
            WHERE r.id = p_id;
        WHEN 'units' THEN
            SELECT jsonb_build_object(
                'serial', r.serial, 'udi', r.udi, 'qr_token', r.qr_token, 'equipment_type', t.code,
                'manufacturer', m.code, 'model', r.model, 'customer', c.code, 'site', s.code,
                'installed_context', r.installed_context, 'installed_on', r.installed_on,
                'warranty_until', r.warranty_until, 'contract_until', r.contract_until,
                'in_use', r.status = 'active'
            )
            INTO v_document
            FROM equipment_registry AS r
            JOIN equipment_catalog AS t ON t.id = r.equipment_type_id
            JOIN manufacturers AS m ON m.id = r.manufacturer_id
            JOIN customers AS c ON c.id = r.customer_id
            JOIN customer_sites AS s ON s.id = r.site_id
            WHERE r.id = p_id;
        WHEN 'calendars' THEN
            SELECT jsonb_build_object(
                'code', r.code, 'name', r.name, 'description', r.description, 'always_open', r.always_open,
                'holiday_country', r.holiday_country, 'holiday_region', r.holiday_region, 'in_use', r.active
            ) || registry_lines(p_kind, p_id)
            INTO v_document
            FROM business_calendars AS r
            WHERE r.id = p_id;
        WHEN 'parts' THEN
            SELECT jsonb_build_object(
                'part_number', r.part_number, 'name', r.name, 'description', r.description, 'equipment_type', t.code,
                'manufacturer', m.code, 'models', r.models, 'category', r.category, 'is_oem', r.is_oem,
                'lifespan_days', extract(epoch FROM r.lifespan)::float8 / 86400,
                'stock_quantity', r.stock_quantity, 'reorder_level', r.reorder_level, 'unit_price', r.unit_price,
                'currency', r.currency, 'lead_time_days', extract(epoch FROM r.lead_time)::float8 / 86400,
                'in_use', NOT r.discontinued
            ) || registry_lines(p_kind, p_id)
            INTO v_document
            FROM equipment_parts AS r
            JOIN equipment_catalog AS t ON t.id = r.equipment_type_id
            LEFT JOIN manufacturers AS m ON m.id = r.manufacturer_id
            WHERE r.id = p_id;
        WHEN 'engineers' THEN
            SELECT jsonb_build_object(
                'code', r.code, 'name', r.name, 'support_level', r.support_level, 'time_zone', r.time_zone,
                'shift_calendar', b.code, 'home_latitude', r.home_latitude, 'home_longitude', r.home_longitude,
                'monthly_capacity', r.monthly_capacity, 'in_use', r.active
            ) || registry_lines(p_kind, p_id)
            INTO v_document
            FROM engineers AS r
            LEFT JOIN business_calendars AS b ON b.id = r.shift_calendar_id
            WHERE r.id = p_id;
        WHEN 'absences' THEN
            -- On the wall clock of whoever is away; an end that nobody knows is none.
            SELECT jsonb_build_object(
                'engineer', e.code,
                'starts_at', to_char(r.starts_at AT TIME ZONE e.time_zone, 'YYYY-MM-DD HH24:MI'),
                'ends_at', CASE WHEN isfinite(r.ends_at) THEN
                    to_char(r.ends_at AT TIME ZONE e.time_zone, 'YYYY-MM-DD HH24:MI')
                END,
                'kind', r.reason, 'notes', r.notes, 'in_use', r.active
            )
            INTO v_document
            FROM engineer_absences AS r
            JOIN engineers AS e ON e.id = r.engineer_id
            WHERE r.id = p_id;
        WHEN 'manufacturers' THEN
            SELECT jsonb_build_object(
                'code', r.code, 'name', r.name, 'service_desk', r.service_desk, 'synonyms', r.synonyms,
                'in_use', r.active
            )
            INTO v_document
            FROM manufacturers AS r
            WHERE r.id = p_id;
        WHEN 'equipment_types' THEN
            SELECT jsonb_build_object(
                'code', r.code, 'name', r.name, 'category', r.category, 'use_case', r.use_case,
                'maintenance_days', extract(epoch FROM r.maintenance_interval)::float8 / 86400,
                'maintenance_requirements', r.maintenance_requirements, 'synonyms', r.synonyms,
                'product_codes', r.product_codes, 'in_use', r.active
            )
            INTO v_document
            FROM equipment_catalog AS r
            WHERE r.id = p_id;
        ELSE
            RETURN NULL;
    END CASE;
    RETURN v_document;
END
$$;

COMMENT ON FUNCTION registry_document(text, uuid) IS
    'A row of the registry as JSON, other rows by their codes, in_use false where it is retired; NULL: none.';
