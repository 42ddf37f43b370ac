-- requires: told_by
-- Whoever has a login removes a passkey of its account, by its name. Returns whether there was one. A door.
CREATE OR REPLACE FUNCTION remove_passkey(p_digest bytea, p_name text)
RETURNS boolean
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
    JOIN accounts AS a ON a.id = t.account_id
    WHERE k.digest = p_digest
        AND t.kind = 'login'
        AND t.revoked_at IS NULL
        AND t.expires_at > clock_timestamp()
        AND a.disabled_at IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM told_by((SELECT a.code FROM accounts AS a WHERE a.id = v_account_id), 'operator');
    DELETE FROM account_passkeys AS p WHERE p.account_id = v_account_id AND p.name = p_name;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION remove_passkey(bytea, text) IS
    'Removes a passkey of the account whose login is presented; returns whether there was one.';
