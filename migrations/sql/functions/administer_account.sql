-- requires: change_account, verify_account_token
-- The same as change_account() for whoever shows, by the SHA-256 of a token, that they administer: the token is in force,
-- is good for that, and its account is an administrator's. A door.
CREATE OR REPLACE FUNCTION administer_account(p_digest bytea, p_doing text, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
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
    RETURN change_account(p_doing, p_said, v_principal ->> 'code');
END
$$;

COMMENT ON FUNCTION administer_account(bytea, text, jsonb) IS
    'What is done about accounts, for whoever shows a token of an administrator. Raises FC012.';
