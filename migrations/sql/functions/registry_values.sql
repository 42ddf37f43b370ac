-- What an entry of the audit trail says of a row of the registry, as people say it: other rows by the codes that they had
-- at first, `in_use` for whether it is retired. NULL stays NULL.
CREATE OR REPLACE FUNCTION registry_values(p_values jsonb)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_object_agg(
        CASE v.key
            WHEN 'active' THEN 'in_use'
            WHEN 'status' THEN 'in_use'
            WHEN 'discontinued' THEN 'in_use'
            WHEN 'lifespan' THEN 'lifespan_days'
            WHEN 'lead_time' THEN 'lead_time_days'
            WHEN 'maintenance_interval' THEN 'maintenance_days'
            WHEN 'reason' THEN 'kind'
            ELSE regexp_replace(v.key, '_id$', '')
        END,
        CASE
            WHEN v.value = 'null' THEN v.value
            WHEN v.key = 'status' THEN to_jsonb(v.value = '"active"')
            WHEN v.key = 'discontinued' THEN to_jsonb(v.value = 'false')
            WHEN v.key IN ('lifespan', 'lead_time', 'maintenance_interval')
                THEN to_jsonb(round(extract(epoch FROM (v.value #>> '{}')::interval) / 86400, 2)::float8)
            WHEN v.key LIKE '%\_id' THEN to_jsonb(name_audit_subject(k.subject_table, (v.value #>> '{}')::uuid))
            ELSE v.value
        END
    )
    FROM jsonb_each(p_values) AS v
    LEFT JOIN (
        VALUES
            ('calendar_id', 'business_calendars'),
            ('customer_id', 'customers'),
            ('engineer_id', 'engineers'),
            ('equipment_type_id', 'equipment_catalog'),
            ('manufacturer_id', 'manufacturers'),
            ('shift_calendar_id', 'business_calendars'),
            ('site_id', 'customer_sites')
    ) AS k (column_name, subject_table) ON k.column_name = v.key
    WHERE v.key NOT IN ('id', 'created_at', 'updated_at')
$$;

COMMENT ON FUNCTION registry_values(jsonb) IS
    'What an entry of the audit trail says of a row of the registry, other rows by their codes.';
