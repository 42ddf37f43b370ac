-- requires: get_qualified_engineers
-- Whom a stage of a unit may be offered to, in the order in which they are to be asked: those of p_codes, in their order and
-- in whatever case; one that no active engineer has comes back with its code alone. Without codes those who are qualified
-- for the unit at p_level or above and available now, the least busy first.
CREATE OR REPLACE FUNCTION offer_candidates(p_equipment_id uuid, p_level text, p_codes text[])
RETURNS TABLE (engineer_id uuid, code text, name text, support_level text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH asked AS (
        SELECT upper(c.code) AS code, c.place
        FROM unnest(p_codes) WITH ORDINALITY AS c (code, place)
        UNION ALL
        SELECT q.engineer_code, q.place
        FROM equipment_registry AS u
        JOIN equipment_catalog AS t ON t.id = u.equipment_type_id
        JOIN manufacturers AS m ON m.id = u.manufacturer_id
        CROSS JOIN LATERAL get_qualified_engineers(t.code, p_level, '{}', m.code)
            WITH ORDINALITY AS q (
                engineer_id, engineer_code, name, support_level, capabilities, years_of_experience, certification,
                certified_until, open_assignments, assigned_this_month, monthly_capacity, workload_percent, home_latitude,
                home_longitude, time_zone, manufacturer, place
            )
        WHERE u.id = p_equipment_id AND cardinality(p_codes) = 0
    )
    SELECT e.id, asked.code, e.name, e.support_level
    FROM asked
    LEFT JOIN engineers AS e ON e.code = asked.code AND e.active
    ORDER BY asked.place
$$;

COMMENT ON FUNCTION offer_candidates(uuid, text, text[]) IS
    'Whom a stage may be offered to, in the order in which they are to be asked.';
