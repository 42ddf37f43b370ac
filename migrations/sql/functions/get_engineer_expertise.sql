-- What an engineer can do, complete: a row for each expertise, inactive ones as well, and whether the certification that
-- it asks for is held on a day. certification_active is NULL where none is asked for.
CREATE OR REPLACE FUNCTION get_engineer_expertise(p_engineer_code text, p_on date DEFAULT current_date)
RETURNS TABLE (
    equipment_type text,
    equipment_name text,
    manufacturer text,
    support_level text,
    capabilities text[],
    years_of_experience numeric,
    required_certification text,
    certification_active boolean,
    certified_until date,
    active boolean
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        t.code, t.name, m.code, x.support_level, x.capabilities, x.years_of_experience, x.required_certification,
        CASE WHEN x.required_certification IS NOT NULL THEN k.certificate_id IS NOT NULL END, k.certified_until, x.active
    FROM engineers AS e
    JOIN engineer_equipment_expertise AS x ON x.engineer_id = e.id
    JOIN equipment_catalog AS t ON t.id = x.equipment_type_id
    LEFT JOIN manufacturers AS m ON m.id = x.manufacturer_id
    LEFT JOIN LATERAL certificate_on_day(
        x.engineer_id, x.required_certification, x.equipment_type_id, x.manufacturer_id, p_on
    ) AS k ON true
    WHERE e.code = p_engineer_code
    ORDER BY t.code, m.code NULLS FIRST
$$;

COMMENT ON FUNCTION get_engineer_expertise(text, date) IS
    'Every expertise of an engineer (by code), by type of equipment, the general one before those for a make.';
