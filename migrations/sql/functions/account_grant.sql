-- What a grant names, {role, customer, site, manufacturer, engineer} as codes, by its ids: one row. What is not there is said.
CREATE OR REPLACE FUNCTION account_grant(p_grant jsonb)
RETURNS TABLE (role text, customer_id uuid, site_id uuid, manufacturer_id uuid, engineer_id uuid)
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    role := p_grant ->> 'role';
    IF p_grant ->> 'customer' IS NOT NULL THEN
        SELECT c.id INTO customer_id FROM customers AS c WHERE c.code = upper(p_grant ->> 'customer');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no customer %', p_grant ->> 'customer'
                USING ERRCODE = 'invalid_parameter_value', HINT = 'Name one by its code.';
        END IF;
    END IF;
    IF p_grant ->> 'site' IS NOT NULL THEN
        SELECT s.id
        INTO site_id
        FROM customer_sites AS s
        WHERE s.customer_id = account_grant.customer_id AND s.code = upper(p_grant ->> 'site');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no site % of customer %', p_grant ->> 'site', p_grant ->> 'customer'
                USING ERRCODE = 'invalid_parameter_value', HINT = 'Name one by its code.';
        END IF;
    END IF;
    IF p_grant ->> 'manufacturer' IS NOT NULL THEN
        SELECT m.id INTO manufacturer_id FROM manufacturers AS m WHERE m.code = upper(p_grant ->> 'manufacturer');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no manufacturer %', p_grant ->> 'manufacturer'
                USING ERRCODE = 'invalid_parameter_value', HINT = 'Name one by its code.';
        END IF;
    END IF;
    IF p_grant ->> 'engineer' IS NOT NULL THEN
        SELECT e.id INTO engineer_id FROM engineers AS e WHERE e.code = upper(p_grant ->> 'engineer');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no engineer %', p_grant ->> 'engineer'
                USING ERRCODE = 'invalid_parameter_value', HINT = 'Name one by its code.';
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION account_grant(jsonb) IS 'What a grant of an account names by codes, by its ids.';
