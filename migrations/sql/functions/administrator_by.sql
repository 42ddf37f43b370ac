-- requires: verify_account_token
-- The code of the administrator who shows, by the SHA-256 of a token, that they are one: the token is in force, is good for
-- that, and its account is an administrator's. Of the doors that administer.
CREATE OR REPLACE FUNCTION administrator_by(p_digest bytea)
RETURNS text
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_principal jsonb := verify_account_token(p_digest);
BEGIN
    IF v_principal IS NULL
        OR NOT v_principal -> 'scopes' ? 'administer'
        OR NOT v_principal -> 'grants' @> '[{"role": "administrator"}]'
    THEN
        RAISE EXCEPTION 'it takes an administrator' USING ERRCODE = 'FC012';
    END IF;
    RETURN v_principal ->> 'code';
END
$$;

COMMENT ON FUNCTION administrator_by(bytea) IS
    'The code of the administrator who shows a token, by its SHA-256. Raises FC012.';
