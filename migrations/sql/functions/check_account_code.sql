-- A code that is an engineer's or a service desk's on record is only the account's who is that one: the record names people
-- by it. Raises where it is somebody else's. p_code: of the account, as it is with the roles that it is to have.
CREATE OR REPLACE FUNCTION check_account_code(p_code text, p_engineers text[], p_manufacturers text[])
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_other text;
BEGIN
    SELECT n.code
    INTO v_other
    FROM (
        SELECT e.code, NULL AS manufacturer FROM engineers AS e
        UNION ALL
        SELECT m.service_desk, m.code FROM manufacturers AS m WHERE m.service_desk IS NOT NULL
    ) AS n
    WHERE spelling_look(n.code) = spelling_look(p_code)
        AND NOT n.code = ANY (p_engineers)
        AND NOT COALESCE(n.manufacturer = ANY (p_manufacturers), false)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the code % would be taken for %, who is somebody else on record', p_code, v_other
            USING ERRCODE = 'unique_violation', HINT = 'Choose another code, or give the account that role.';
    END IF;
END
$$;

COMMENT ON FUNCTION check_account_code(text, text[], text[]) IS
    'Raises where the code of an account is an engineer''s or a service desk''s who is somebody else.';
