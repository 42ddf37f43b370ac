-- requires: registry_id
-- A site as p_row says it, all of it: a new one where p_id is NULL. One with units in use is not retired, and none of a
-- retired customer is in use. The owner's alone. Returns its id.
CREATE OR REPLACE FUNCTION put_registry_site(p_id uuid, p_row jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_new customer_sites;
    v_old customer_sites;
    v_customer customers;
    v_units bigint;
BEGIN
    SELECT r.* INTO v_old FROM customer_sites AS r WHERE r.id = p_id;
    v_new.customer_id := registry_id('customers', p_row ->> 'customer', v_old.customer_id);
    v_new.active := (p_row ->> 'in_use')::boolean;
    -- Nobody retires the customer meanwhile.
    SELECT c.* INTO v_customer FROM customers AS c WHERE c.id = v_new.customer_id FOR SHARE;
    IF v_new.active AND NOT v_customer.active AND (p_id IS NULL OR NOT v_old.active) THEN
        RAISE EXCEPTION 'the customer % is retired', v_customer.code
            USING ERRCODE = 'FC014', HINT = 'Put it into use again first.';
    END IF;
    IF p_id IS NULL THEN
        INSERT INTO customer_sites (customer_id, code, name, location, time_zone, latitude, longitude, active)
        VALUES (
            v_new.customer_id, p_row ->> 'code', p_row ->> 'name', COALESCE(p_row ->> 'location', ''),
            p_row ->> 'time_zone', (p_row ->> 'latitude')::float8, (p_row ->> 'longitude')::float8, v_new.active
        )
        RETURNING id INTO v_new.id;
        RETURN v_new.id;
    END IF;
    SELECT count(*) INTO v_units FROM equipment_registry AS e WHERE e.site_id = p_id AND e.status = 'active';
    IF v_old.active AND NOT v_new.active AND v_units > 0 THEN
        RAISE EXCEPTION 'the site % has % units in use', v_old.code, v_units
            USING ERRCODE = 'FC014', HINT = 'Move them to another site or retire them first.';
    END IF;
    UPDATE customer_sites AS r
    SET name = p_row ->> 'name',
        location = COALESCE(p_row ->> 'location', ''),
        time_zone = p_row ->> 'time_zone',
        latitude = (p_row ->> 'latitude')::float8,
        longitude = (p_row ->> 'longitude')::float8,
        active = v_new.active
    WHERE r.id = p_id;
    RETURN p_id;
END
$$;

COMMENT ON FUNCTION put_registry_site(uuid, jsonb) IS 'A site as an administrator says it; returns its id.';
