-- requires: told_by
-- Whoever has a token gives it back: a log-out. Returns whether it was in force. A door.
CREATE OR REPLACE FUNCTION revoke_presented_token(p_digest bytea)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_token_id uuid;
BEGIN
    DELETE FROM account_keys AS k WHERE k.digest = p_digest AND k.token_id IS NOT NULL RETURNING k.token_id INTO v_token_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM told_by(
        (
            SELECT a.code
            FROM account_tokens AS t
            JOIN accounts AS a ON a.id = t.account_id
            WHERE t.id = v_token_id
        ),
        'operator'
    );
    UPDATE account_tokens AS t SET revoked_at = now() WHERE t.id = v_token_id;
    RETURN true;
END
$$;

COMMENT ON FUNCTION revoke_presented_token(bytea) IS 'Revokes the token that is presented; returns whether it was in force.';
