-- requires: registry_id
-- A customer as p_row says it, all of it: a new one where p_id is NULL. One whose sites are in use is not retired. The
-- owner's alone. Returns its id.
CREATE OR REPLACE FUNCTION put_registry_customer(p_id uuid, p_row jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_new customers;
    v_old customers;
    v_sites bigint;
BEGIN
    SELECT r.* INTO v_old FROM customers AS r WHERE r.id = p_id;
    v_new.calendar_id := registry_id('business_calendars', p_row ->> 'calendar', v_old.calendar_id);
    v_new.active := (p_row ->> 'in_use')::boolean;
    IF p_id IS NULL THEN
        INSERT INTO customers (code, name, calendar_id, active)
        VALUES (p_row ->> 'code', p_row ->> 'name', v_new.calendar_id, v_new.active)
        RETURNING id INTO v_new.id;
        RETURN v_new.id;
    END IF;
    SELECT count(*) INTO v_sites FROM customer_sites AS s WHERE s.customer_id = p_id AND s.active;
    IF v_old.active AND NOT v_new.active AND v_sites > 0 THEN
        RAISE EXCEPTION 'the customer % has % sites in use', v_old.code, v_sites
            USING ERRCODE = 'FC014', HINT = 'Retire its sites first.';
    END IF;
    UPDATE customers AS r
    SET name = p_row ->> 'name', calendar_id = v_new.calendar_id, active = v_new.active
    WHERE r.id = p_id;
    RETURN p_id;
END
$$;

COMMENT ON FUNCTION put_registry_customer(uuid, jsonb) IS 'A customer as an administrator says it; returns its id.';
