-- Tokens of an account are revoked, and their keys go: those of one kind, of one name, or all. Returns how many were in
-- force.
CREATE OR REPLACE FUNCTION revoke_account_tokens(p_account_id uuid, p_kind text DEFAULT NULL, p_name text DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_revoked integer;
BEGIN
    DELETE FROM account_keys AS k
    USING account_tokens AS t
    WHERE t.id = k.token_id
        AND t.account_id = p_account_id
        AND (p_kind IS NULL OR t.kind = p_kind)
        AND (p_name IS NULL OR t.name = p_name);
    UPDATE account_tokens AS t
    SET revoked_at = now()
    WHERE t.account_id = p_account_id
        AND t.revoked_at IS NULL
        AND (p_kind IS NULL OR t.kind = p_kind)
        AND (p_name IS NULL OR t.name = p_name);
    GET DIAGNOSTICS v_revoked = ROW_COUNT;
    RETURN v_revoked;
END
$$;

COMMENT ON FUNCTION revoke_account_tokens(uuid, text, text) IS
    'Revokes tokens of an account: of a kind, of a name, or all; returns how many there were.';
