-- What can be said of a row of the registry, by the kind of row; NULL where there is no such kind.
CREATE OR REPLACE FUNCTION registry_fields(p_kind text)
RETURNS text[]
LANGUAGE sql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE p_kind
        WHEN 'customers' THEN ARRAY['code', 'name', 'calendar']
        WHEN 'sites' THEN ARRAY['customer', 'code', 'name', 'location', 'time_zone', 'latitude', 'longitude']
        WHEN 'units' THEN ARRAY[
            'serial', 'udi', 'qr_token', 'equipment_type', 'manufacturer', 'model', 'customer', 'site',
            'installed_context', 'installed_on', 'warranty_until', 'contract_until'
        ]
        WHEN 'calendars' THEN ARRAY[
            'code', 'name', 'description', 'always_open', 'holiday_country', 'holiday_region', 'hours', 'holidays',
            'special_days'
        ]
        WHEN 'parts' THEN ARRAY[
            'part_number', 'name', 'description', 'equipment_type', 'manufacturer', 'models', 'category', 'is_oem',
            'lifespan_days', 'stock_quantity', 'reorder_level', 'unit_price', 'currency', 'lead_time_days', 'contexts',
            'alternatives'
        ]
        WHEN 'engineers' THEN ARRAY[
            'code', 'name', 'support_level', 'time_zone', 'shift_calendar', 'home_latitude', 'home_longitude',
            'monthly_capacity', 'qualifications', 'certificates'
        ]
        WHEN 'absences' THEN ARRAY['engineer', 'starts_at', 'ends_at', 'kind', 'notes']
        WHEN 'manufacturers' THEN ARRAY['code', 'name', 'service_desk', 'synonyms']
        WHEN 'equipment_types' THEN ARRAY[
            'code', 'name', 'category', 'use_case', 'maintenance_days', 'maintenance_requirements', 'synonyms',
            'product_codes'
        ]
    END
$$;

COMMENT ON FUNCTION registry_fields(text) IS 'What can be said of a row of the registry; NULL: there is no such kind.';
