-- requires: account_grant, check_account_code
-- An account gets roles and loses roles, lists of {role, customer, site, manufacturer, engineer}. What it has already, or
-- has not, stays so. It keeps at least one; the code has to fit what it then is; and there is always an administrator
-- whose account is in use. Changes of that follow each other under a lock. Returns how many roles that changed.
CREATE OR REPLACE FUNCTION put_account_roles(p_account_id uuid, p_give jsonb, p_take jsonb)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_code text;
    v_given integer;
    v_taken integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('fieldcare: administrators', 38));
    SELECT a.code INTO v_code FROM accounts AS a WHERE a.id = p_account_id FOR UPDATE;
    DELETE FROM account_roles AS r
    USING jsonb_array_elements(COALESCE(p_take, '[]')) AS g CROSS JOIN LATERAL account_grant(g) AS n
    WHERE r.account_id = p_account_id
        AND (r.role, r.customer_id, r.site_id, r.manufacturer_id, r.engineer_id)
            IS NOT DISTINCT FROM (n.role, n.customer_id, n.site_id, n.manufacturer_id, n.engineer_id);
    GET DIAGNOSTICS v_taken = ROW_COUNT;
    INSERT INTO account_roles (account_id, role, customer_id, site_id, manufacturer_id, engineer_id)
    SELECT p_account_id, n.role, n.customer_id, n.site_id, n.manufacturer_id, n.engineer_id
    FROM jsonb_array_elements(COALESCE(p_give, '[]')) AS g CROSS JOIN LATERAL account_grant(g) AS n
    ON CONFLICT ON CONSTRAINT account_roles_once DO NOTHING;
    GET DIAGNOSTICS v_given = ROW_COUNT;
    IF NOT EXISTS (SELECT FROM account_roles AS r WHERE r.account_id = p_account_id) THEN
        RAISE EXCEPTION 'the account % would have no role', v_code
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give it another one, or disable it.';
    END IF;
    IF NOT EXISTS (
        SELECT
        FROM accounts AS a
        JOIN account_roles AS r ON r.account_id = a.id AND r.role = 'administrator'
        WHERE a.disabled_at IS NULL
    ) AND COALESCE(p_take, '[]') @> '[{"role": "administrator"}]' THEN
        RAISE EXCEPTION '% is the last administrator', v_code
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Make another one first.';
    END IF;
    PERFORM check_account_code(
        v_code,
        ARRAY(
            SELECT e.code
            FROM account_roles AS r
            JOIN engineers AS e ON e.id = r.engineer_id
            WHERE r.account_id = p_account_id
        ),
        ARRAY(
            SELECT m.code
            FROM account_roles AS r
            JOIN manufacturers AS m ON m.id = r.manufacturer_id
            WHERE r.account_id = p_account_id
        )
    );
    RETURN v_given + v_taken;
END
$$;

COMMENT ON FUNCTION put_account_roles(uuid, jsonb, jsonb) IS
    'Gives an account roles and takes roles from it; the last administrator stays. Returns how many changed.';
