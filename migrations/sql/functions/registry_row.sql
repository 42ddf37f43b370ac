-- The id of a row of the registry, by its id or by what people call it: a code, a unit's serial number, a site as
-- CUSTOMER.SITE. NULL where there is none.
CREATE OR REPLACE FUNCTION registry_row(p_kind text, p_reference text)
RETURNS uuid
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_id uuid;
    v_found uuid;
BEGIN
    IF pg_input_is_valid(p_reference, 'uuid') THEN
        v_id := p_reference::uuid;
    END IF;
    CASE p_kind
        WHEN 'customers' THEN
            SELECT r.id INTO v_found FROM customers AS r WHERE r.code = upper(p_reference) OR r.id = v_id;
        WHEN 'sites' THEN
            SELECT r.id
            INTO v_found
            FROM customer_sites AS r
            JOIN customers AS c ON c.id = r.customer_id
            WHERE r.id = v_id
                OR (
                    c.code = upper(split_part(p_reference, '.', 1))
                    AND r.code = upper(split_part(p_reference, '.', 2))
                );
        WHEN 'units' THEN
            SELECT r.id INTO v_found FROM equipment_registry AS r WHERE r.serial = p_reference OR r.id = v_id LIMIT 1;
            IF v_found IS NULL THEN
                SELECT r.id
                INTO v_found
                FROM equipment_registry AS r
                WHERE spelling_key(r.serial) = spelling_key(p_reference)
                ORDER BY r.serial
                LIMIT 1;
            END IF;
        WHEN 'calendars' THEN
            -- The newest of its versions, those in use first.
            SELECT r.id
            INTO v_found
            FROM business_calendars AS r
            WHERE r.code = COALESCE((SELECT n.code FROM business_calendars AS n WHERE n.id = v_id), p_reference)
            ORDER BY r.active DESC, r.version DESC
            LIMIT 1;
        WHEN 'parts' THEN
            SELECT r.id
            INTO v_found
            FROM equipment_parts AS r
            WHERE r.part_number = upper(p_reference) OR r.id = v_id;
        WHEN 'engineers' THEN
            SELECT r.id INTO v_found FROM engineers AS r WHERE r.code = upper(p_reference) OR r.id = v_id;
        WHEN 'absences' THEN
            SELECT r.id INTO v_found FROM engineer_absences AS r WHERE r.id = v_id;
        WHEN 'manufacturers' THEN
            SELECT r.id INTO v_found FROM manufacturers AS r WHERE r.code = upper(p_reference) OR r.id = v_id;
        WHEN 'equipment_types' THEN
            SELECT r.id INTO v_found FROM equipment_catalog AS r WHERE r.code = lower(p_reference) OR r.id = v_id;
        ELSE
            RETURN NULL;
    END CASE;
    RETURN v_found;
END
$$;

COMMENT ON FUNCTION registry_row(text, text) IS
    'The id of a row of the registry by its id, code or serial number, of a site by CUSTOMER.SITE; NULL: none.';
