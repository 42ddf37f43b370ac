-- requires: put_account_roles, told_by
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
BEGIN
    PERFORM told_by(p_by, 'operator');
    SELECT a.code INTO v_other FROM accounts AS a WHERE spelling_look(a.code) = spelling_look(v_code);
    IF FOUND THEN
        RAISE EXCEPTION 'the code % would be taken for the account %', v_code, v_other
            USING ERRCODE = 'unique_violation', HINT = 'Choose a code that looks different.';
    END IF;
    INSERT INTO accounts (code, name, email)
    VALUES (v_code, p_account ->> 'name', p_account ->> 'email')
    RETURNING id INTO v_id;
    PERFORM put_account_roles(v_id, p_account -> 'grants', '[]');
    RETURN v_code;
END
$$;

COMMENT ON FUNCTION put_account(jsonb, text) IS 'A new account with what it may act as; returns its code.';
