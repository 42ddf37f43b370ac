-- requires: known_account, revoke_account_tokens, told_by
-- The personal token of that name is revoked. The owner's alone. Returns whether there was one in force.
CREATE OR REPLACE FUNCTION revoke_account_token(p_code text, p_name text, p_by text)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid := known_account(p_code);
BEGIN
    PERFORM told_by(p_by, 'operator');
    RETURN revoke_account_tokens(v_id, 'api', p_name) > 0;
END
$$;

COMMENT ON FUNCTION revoke_account_token(text, text, text) IS
    'Revokes the personal token of that name; returns whether there was one.';
