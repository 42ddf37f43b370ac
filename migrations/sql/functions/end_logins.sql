-- requires: revoke_account_tokens, told_by
-- Whoever has a login ends all logins of its account, that one as well; what programs were given stays. Returns how many
-- ended, 0 where the login was not in force. A door.
CREATE OR REPLACE FUNCTION end_logins(p_digest bytea)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_account_id uuid;
BEGIN
    SELECT t.account_id
    INTO v_account_id
    FROM account_keys AS k
    JOIN account_tokens AS t ON t.id = k.token_id
    WHERE k.digest = p_digest AND t.kind = 'login' AND t.revoked_at IS NULL;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    PERFORM told_by((SELECT a.code FROM accounts AS a WHERE a.id = v_account_id), 'operator');
    RETURN revoke_account_tokens(v_account_id, 'login');
END
$$;

COMMENT ON FUNCTION end_logins(bytea) IS 'Ends all logins of the account whose login is presented; returns how many.';
