-- Brings in the makers, customers and sites that an equipment registry names and the database does not have.
-- A code that is taken is an error: whoever derived it looked before, so somebody else was quicker.
CREATE OR REPLACE FUNCTION import_registry_parties(p_parties jsonb, p_actor_code text)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_manufacturers bigint;
    v_customers bigint;
    v_sites bigint;
BEGIN
    PERFORM set_config('fieldcare.actor_code', p_actor_code, true);
    PERFORM set_config('fieldcare.actor_role', 'operator', true);

    INSERT INTO manufacturers (code, name)
    SELECT m.code, m.name
    FROM jsonb_to_recordset(p_parties -> 'manufacturers') AS m (code text, name text);
    GET DIAGNOSTICS v_manufacturers = ROW_COUNT;

    INSERT INTO customers (code, name)
    SELECT c.code, c.name
    FROM jsonb_to_recordset(p_parties -> 'customers') AS c (code text, name text);
    GET DIAGNOSTICS v_customers = ROW_COUNT;

    INSERT INTO customer_sites (customer_id, code, name, time_zone)
    SELECT c.id, s.code, s.name, s.time_zone
    FROM jsonb_to_recordset(p_parties -> 'sites') AS s (customer text, code text, name text, time_zone text)
    -- An unknown customer makes customer_id NULL, which the table refuses.
    LEFT JOIN customers AS c ON c.code = s.customer;
    GET DIAGNOSTICS v_sites = ROW_COUNT;

    RETURN v_manufacturers + v_customers + v_sites;
END
$$;

COMMENT ON FUNCTION import_registry_parties(jsonb, text) IS
    'Creates manufacturers, customers and sites for an import of units; returns how many. An existing code is an error.';
