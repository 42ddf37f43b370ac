-- requires: find_account, told_by
-- A new account: {code, name, email, grants: [{role, customer, site, manufacturer, engineer}]}, the last four as codes
-- where the role has one. A code that is taken for another account's, or for an engineer's or a service desk's who is
-- somebody else, is refused: the record names people by it. The owner's alone. Returns the account's code.
CREATE OR REPLACE FUNCTION put_account(p_account jsonb, p_by text)
RETURNS text
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_code text := p_account ->> 'code';
    v_id uuid;
    v_other text;
    v_grant jsonb;
    v_customer_id uuid;
    v_site_id uuid;
    v_manufacturer_id uuid;
    v_engineer_id uuid;
BEGIN
    PERFORM told_by(p_by, 'operator');
    SELECT a.code INTO v_other FROM accounts AS a WHERE spelling_look(a.code) = spelling_look(v_code);
    IF FOUND THEN
        RAISE EXCEPTION 'the code % would be taken for the account %', v_code, v_other
            USING ERRCODE = 'unique_violation', HINT = 'Choose a code that looks different.';
    END IF;
    SELECT n.code
    INTO v_other
    FROM (
        SELECT e.code FROM engineers AS e
        UNION ALL
        SELECT m.service_desk FROM manufacturers AS m WHERE m.service_desk IS NOT NULL
    ) AS n
    WHERE spelling_look(n.code) = spelling_look(v_code)
        AND NOT EXISTS (
            SELECT
            FROM jsonb_array_elements(p_account -> 'grants') AS g
            LEFT JOIN manufacturers AS m ON m.code = upper(g ->> 'manufacturer')
            WHERE upper(g ->> 'engineer') = n.code OR m.service_desk = n.code
        )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the code % would be taken for %, who is somebody else on record', v_code, v_other
            USING ERRCODE = 'unique_violation', HINT = 'Choose another code, or give the account that role.';
    END IF;
    INSERT INTO accounts (code, name, email)
    VALUES (v_code, p_account ->> 'name', p_account ->> 'email')
    RETURNING id INTO v_id;
    FOR v_grant IN SELECT g FROM jsonb_array_elements(p_account -> 'grants') AS g
    LOOP
        v_customer_id := NULL;
        v_site_id := NULL;
        v_manufacturer_id := NULL;
        v_engineer_id := NULL;
        IF v_grant ->> 'customer' IS NOT NULL THEN
            SELECT c.id INTO v_customer_id FROM customers AS c WHERE c.code = upper(v_grant ->> 'customer');
            IF NOT FOUND THEN
                RAISE EXCEPTION 'there is no customer %', v_grant ->> 'customer'
                    USING ERRCODE = 'invalid_parameter_value', HINT = 'Name one by its code.';
            END IF;
        END IF;
        IF v_grant ->> 'site' IS NOT NULL THEN
            SELECT s.id
            INTO v_site_id
            FROM customer_sites AS s
            WHERE s.customer_id = v_customer_id AND s.code = upper(v_grant ->> 'site');
            IF NOT FOUND THEN
                RAISE EXCEPTION 'there is no site % of customer %', v_grant ->> 'site', v_grant ->> 'customer'
                    USING ERRCODE = 'invalid_parameter_value', HINT = 'Name one by its code.';
            END IF;
        END IF;
        IF v_grant ->> 'manufacturer' IS NOT NULL THEN
            SELECT m.id INTO v_manufacturer_id FROM manufacturers AS m WHERE m.code = upper(v_grant ->> 'manufacturer');
            IF NOT FOUND THEN
                RAISE EXCEPTION 'there is no manufacturer %', v_grant ->> 'manufacturer'
                    USING ERRCODE = 'invalid_parameter_value', HINT = 'Name one by its code.';
            END IF;
        END IF;
        IF v_grant ->> 'engineer' IS NOT NULL THEN
            SELECT e.id INTO v_engineer_id FROM engineers AS e WHERE e.code = upper(v_grant ->> 'engineer');
            IF NOT FOUND THEN
                RAISE EXCEPTION 'there is no engineer %', v_grant ->> 'engineer'
                    USING ERRCODE = 'invalid_parameter_value', HINT = 'Name one by its code.';
            END IF;
        END IF;
        INSERT INTO account_roles (account_id, role, customer_id, site_id, manufacturer_id, engineer_id)
        VALUES (v_id, v_grant ->> 'role', v_customer_id, v_site_id, v_manufacturer_id, v_engineer_id);
    END LOOP;
    RETURN v_code;
END
$$;

COMMENT ON FUNCTION put_account(jsonb, text) IS 'A new account with what it may act as; returns its code.';
