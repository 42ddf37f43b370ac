-- The id of what a row of the registry names by its code; NULL where it names nothing. Raises where there is none of that
-- code, or where it is retired: what is not in use gets nothing new. p_kept: what the row had before, which may stay.
CREATE OR REPLACE FUNCTION registry_id(p_table text, p_code text, p_kept uuid DEFAULT NULL)
RETURNS uuid
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid;
    v_active boolean := true;
    v_called text;
BEGIN
    IF p_code IS NULL THEN
        RETURN NULL;
    END IF;
    CASE p_table
        WHEN 'customers' THEN
            v_called := 'customer';
            SELECT r.id, r.active INTO v_id, v_active FROM customers AS r WHERE r.code = upper(p_code);
        WHEN 'manufacturers' THEN
            v_called := 'manufacturer';
            SELECT r.id, r.active INTO v_id, v_active FROM manufacturers AS r WHERE r.code = upper(p_code);
        WHEN 'equipment_catalog' THEN
            v_called := 'type of equipment';
            SELECT r.id, r.active INTO v_id, v_active FROM equipment_catalog AS r WHERE r.code = lower(p_code);
        WHEN 'business_calendars' THEN
            -- Any version stands for the one in force: the newest that is in use.
            v_called := 'calendar';
            SELECT r.id, r.active
            INTO v_id, v_active
            FROM business_calendars AS r
            WHERE r.code = p_code
            ORDER BY r.active DESC, r.version DESC
            LIMIT 1;
            IF EXISTS (SELECT FROM business_calendars AS r WHERE r.id = p_kept AND r.code = p_code) THEN
                v_id := p_kept;
            END IF;
        WHEN 'equipment_parts' THEN
            v_called := 'part';
            SELECT r.id INTO v_id FROM equipment_parts AS r WHERE r.part_number = p_code;
    END CASE;
    IF v_id IS NULL THEN
        RAISE EXCEPTION 'there is no % %', v_called, left(p_code, 100)
            USING ERRCODE = 'FC014', HINT = 'Name one that is on record, by its code.';
    ELSIF NOT v_active AND v_id IS DISTINCT FROM p_kept THEN
        RAISE EXCEPTION 'the % % is retired', v_called, left(p_code, 100)
            USING ERRCODE = 'FC014', HINT = 'Name one that is in use, or put that one into use again first.';
    END IF;
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION registry_id(text, text, uuid) IS
    'The id of what a row of the registry names by its code. Raises FC014: there is none, or it is retired.';
