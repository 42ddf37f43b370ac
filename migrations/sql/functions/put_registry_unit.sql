-- requires: registry_id, share_make
-- A unit as p_row says it, all of it: a new one where p_id is NULL. A serial number that is another unit's in another
-- spelling is refused (see spelling_key), and so is a place that is retired. The owner's alone. Returns its id.
CREATE OR REPLACE FUNCTION put_registry_unit(p_id uuid, p_row jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_new equipment_registry;
    v_old equipment_registry;
    v_other text;
    v_active boolean;
BEGIN
    SELECT r.* INTO v_old FROM equipment_registry AS r WHERE r.id = p_id;
    v_new := jsonb_populate_record(
        v_new, p_row - ARRAY['equipment_type', 'manufacturer', 'customer', 'site', 'in_use']
    );
    v_new.status := CASE WHEN (p_row ->> 'in_use')::boolean THEN 'active' ELSE 'decommissioned' END;
    PERFORM share_make(p_row ->> 'manufacturer', p_row ->> 'equipment_type');
    -- One that comes back into use is as a new one.
    v_new.equipment_type_id := registry_id(
        'equipment_catalog', p_row ->> 'equipment_type',
        CASE WHEN v_old.status = 'active' OR v_new.status <> 'active' THEN v_old.equipment_type_id END
    );
    v_new.manufacturer_id := registry_id(
        'manufacturers', p_row ->> 'manufacturer',
        CASE WHEN v_old.status = 'active' OR v_new.status <> 'active' THEN v_old.manufacturer_id END
    );
    v_new.customer_id := registry_id('customers', p_row ->> 'customer', v_old.customer_id);
    -- Nobody retires the site meanwhile.
    SELECT s.id, s.active
    INTO v_new.site_id, v_active
    FROM customer_sites AS s
    WHERE s.customer_id = v_new.customer_id AND s.code = upper(p_row ->> 'site')
    FOR SHARE;
    IF p_row ->> 'site' IS NOT NULL AND v_new.customer_id IS NOT NULL AND v_new.site_id IS NULL THEN
        RAISE EXCEPTION 'the customer % has no site %', p_row ->> 'customer', left(p_row ->> 'site', 100)
            USING ERRCODE = 'FC014', HINT = 'Name one of its sites, by its code.';
    ELSIF NOT v_active AND v_new.status = 'active' THEN
        RAISE EXCEPTION 'the site % is retired', left(p_row ->> 'site', 100)
            USING ERRCODE = 'FC014', HINT = 'Name one that is in use, or put that one into use again first.';
    END IF;
    SELECT e.serial
    INTO v_other
    FROM equipment_registry AS e
    WHERE spelling_key(e.serial) = spelling_key(v_new.serial) AND e.id IS DISTINCT FROM p_id
    ORDER BY e.serial
    LIMIT 1;
    IF FOUND AND v_new.serial IS DISTINCT FROM v_old.serial THEN
        RAISE EXCEPTION 'the serial % is on record already, as %', left(v_new.serial, 100), v_other
            USING ERRCODE = 'FC014', HINT = 'Correct it, or change the unit that is on record.';
    END IF;
    IF v_new.installed_on > current_date + 1 AND v_new.installed_on IS DISTINCT FROM v_old.installed_on THEN
        RAISE EXCEPTION 'installed_on % is in the future', v_new.installed_on
            USING ERRCODE = 'FC014', HINT = 'Leave it out until the unit is installed.';
    END IF;
    IF p_id IS NULL THEN
        INSERT INTO equipment_registry (
            serial, udi, qr_token, equipment_type_id, manufacturer_id, model, customer_id, site_id, installed_context,
            installed_on, warranty_until, contract_until, status
        )
        VALUES (
            v_new.serial, v_new.udi, v_new.qr_token, v_new.equipment_type_id, v_new.manufacturer_id, v_new.model,
            v_new.customer_id, v_new.site_id, v_new.installed_context, v_new.installed_on, v_new.warranty_until,
            v_new.contract_until, v_new.status
        )
        RETURNING id INTO v_new.id;
        RETURN v_new.id;
    END IF;
    UPDATE equipment_registry AS r
    SET serial = v_new.serial,
        udi = v_new.udi,
        qr_token = v_new.qr_token,
        equipment_type_id = v_new.equipment_type_id,
        manufacturer_id = v_new.manufacturer_id,
        model = v_new.model,
        customer_id = v_new.customer_id,
        site_id = v_new.site_id,
        installed_context = v_new.installed_context,
        installed_on = v_new.installed_on,
        warranty_until = v_new.warranty_until,
        contract_until = v_new.contract_until,
        status = v_new.status
    WHERE r.id = p_id;
    RETURN p_id;
END
$$;

COMMENT ON FUNCTION put_registry_unit(uuid, jsonb) IS 'A unit as an administrator says it; returns its id.';
