-- Who can be sent: active engineers who know the type of equipment at p_support_level or above with all p_capabilities,
-- hold the certification that this expertise asks for (on the day that p_at is where the engineer lives), and are
-- available at p_at as engineers_availability() says. Expertise for the make of p_manufacturer counts instead of the
-- general one of the same engineer, even where it is lower; expertise for any make covers a make that is not on record,
-- too. Without p_manufacturer nothing is asked of the make: an engineer counts who qualifies for some make, by the
-- general expertise if that does, and the column manufacturer says for which (NULL: any).
-- Least workload first, then the lowest level that suffices (no L3 for the work of an L1), then experience, then code.
CREATE OR REPLACE FUNCTION get_qualified_engineers(
    p_equipment_type text,
    p_support_level text DEFAULT 'L1',
    p_capabilities text[] DEFAULT '{}',
    p_manufacturer text DEFAULT NULL,
    p_at timestamptz DEFAULT now()
)
RETURNS TABLE (
    engineer_id uuid,
    engineer_code text,
    name text,
    support_level text,
    capabilities text[],
    years_of_experience numeric,
    certification text,
    certified_until date,
    open_assignments integer,
    assigned_this_month integer,
    monthly_capacity integer,
    workload_percent numeric,
    home_latitude double precision,
    home_longitude double precision,
    time_zone text,
    manufacturer text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH make AS (
        SELECT m.id FROM manufacturers AS m WHERE m.code = p_manufacturer
    ),
    -- For a make, the one row that counts of each engineer; without, all of them.
    counting AS (
        SELECT DISTINCT ON (x.engineer_id, CASE WHEN p_manufacturer IS NULL THEN x.id END) x.*
        FROM equipment_catalog AS t
        JOIN engineer_equipment_expertise AS x ON x.equipment_type_id = t.id AND x.active
        WHERE t.code = p_equipment_type
            AND (
                p_manufacturer IS NULL
                OR x.manufacturer_id IS NULL
                OR x.manufacturer_id = (SELECT make.id FROM make)
            )
        ORDER BY x.engineer_id, CASE WHEN p_manufacturer IS NULL THEN x.id END, x.manufacturer_id NULLS LAST
    ),
    qualified AS (
        SELECT DISTINCT ON (x.engineer_id) x.*, k.certified_until
        FROM counting AS x
        JOIN engineers AS e ON e.id = x.engineer_id AND e.active
        LEFT JOIN LATERAL certificate_on_day(
            x.engineer_id,
            x.required_certification,
            x.equipment_type_id,
            COALESCE((SELECT make.id FROM make), x.manufacturer_id),
            (p_at AT TIME ZONE e.time_zone)::date
        ) AS k ON true
        WHERE array_position(ARRAY['L1', 'L2', 'L3'], x.support_level)
                >= array_position(ARRAY['L1', 'L2', 'L3'], p_support_level)
            AND x.capabilities @> COALESCE(p_capabilities, '{}')
            AND (x.required_certification IS NULL OR k.certificate_id IS NOT NULL)
        ORDER BY x.engineer_id, x.manufacturer_id IS NOT NULL, x.support_level, x.years_of_experience DESC, x.id
    )
    SELECT
        e.id, e.code, e.name, q.support_level, q.capabilities, q.years_of_experience, q.required_certification,
        q.certified_until, a.open_assignments, a.assigned_this_month, a.monthly_capacity, a.workload_percent,
        e.home_latitude, e.home_longitude, e.time_zone, m.code
    FROM qualified AS q
    JOIN engineers AS e ON e.id = q.engineer_id
    JOIN engineers_availability(ARRAY(SELECT qualified.engineer_id FROM qualified), p_at) AS a
        ON a.engineer_id = q.engineer_id AND a.available
    LEFT JOIN manufacturers AS m ON m.id = q.manufacturer_id
    ORDER BY a.workload_percent, q.support_level, q.years_of_experience DESC, e.code
$$;

COMMENT ON FUNCTION get_qualified_engineers(text, text, text[], text, timestamptz) IS
    'Engineers who are qualified for a type of equipment and available at a moment, the least busy first.';
