-- The units that a reference may mean: by id, serial number, UDI or QR token just as it stands; where there is none, by
-- the device and serial number in a GS1 element string, whatever else the label says; where there is none, by a serial
-- number, and then by a QR token, that is written otherwise (see spelling_key).
CREATE OR REPLACE FUNCTION find_units(p_reference text)
RETURNS uuid[]
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid;
    v_units uuid[];
    v_device text := substring(p_reference FROM '^\(01\)\d{14}');
    v_serial text := substring(p_reference FROM '\(21\)((?:\\\(|[^(])+)');
BEGIN
    -- In a CASE the planner would try the cast on what is no uuid.
    IF pg_input_is_valid(p_reference, 'uuid') THEN
        v_id := p_reference::uuid;
    END IF;
    SELECT array_agg(e.id)
    INTO v_units
    FROM equipment_registry AS e
    WHERE e.serial = p_reference
        OR e.udi = p_reference
        OR e.qr_token = p_reference
        OR e.id = v_id;

    IF v_units IS NULL AND v_device IS NOT NULL AND v_serial IS NOT NULL THEN
        SELECT array_agg(e.id)
        INTO v_units
        FROM equipment_registry AS e
        WHERE e.udi LIKE v_device || '%' AND strpos(e.udi || '(', '(21)' || v_serial || '(') > 0;
        IF v_units IS NULL THEN
            SELECT array_agg(e.id)
            INTO v_units
            FROM equipment_registry AS e
            WHERE e.udi IS NULL AND spelling_key(e.serial) = spelling_key(replace(v_serial, '\(', '('));
        END IF;
    ELSIF v_units IS NULL THEN
        SELECT array_agg(e.id)
        INTO v_units
        FROM equipment_registry AS e
        WHERE spelling_key(e.serial) = spelling_key(p_reference);
    END IF;
    IF v_units IS NULL THEN
        SELECT array_agg(e.id)
        INTO v_units
        FROM equipment_registry AS e
        WHERE spelling_key(e.qr_token) = spelling_key(p_reference);
    END IF;
    RETURN v_units;
END
$$;

COMMENT ON FUNCTION find_units(text) IS
    'Ids of the units that an id, serial number or QR token (however written), UDI or GS1 scan in element form means.';
