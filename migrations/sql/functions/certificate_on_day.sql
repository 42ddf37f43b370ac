-- The certificate by which an engineer holds a certification on a day, for a type and make: its own type and make are
-- those, or it has none. Of several the one that is valid longest; its status is what certification_status() says.
-- Without a search_path of its own, so that the planner can take it into the query that asks; names are qualified.
CREATE OR REPLACE FUNCTION certificate_on_day(
    p_engineer_id uuid, p_certification text, p_equipment_type_id uuid, p_manufacturer_id uuid, p_on date
)
RETURNS TABLE (certificate_id uuid, certified_until date)
LANGUAGE sql
STABLE
ROWS 1
AS $$
    SELECT c.id, c.expires_on
    FROM public.engineer_certifications AS c
    WHERE c.engineer_id = p_engineer_id
        AND c.certification = p_certification
        AND (c.equipment_type_id IS NULL OR c.equipment_type_id = p_equipment_type_id)
        AND (c.manufacturer_id IS NULL OR c.manufacturer_id = p_manufacturer_id)
        AND public.certification_status(c.issued_on, c.expires_on, c.revoked_on, p_on) IN ('active', 'expiring')
    ORDER BY c.expires_on DESC NULLS FIRST, c.issued_on DESC, c.id DESC
    LIMIT 1
$$;

COMMENT ON FUNCTION certificate_on_day(uuid, text, uuid, uuid, date) IS
    'The valid certificate of an engineer on a day and its last day (NULL: no end); no row where there is none.';
