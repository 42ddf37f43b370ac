-- requires: account_principal
-- Who comes in by a token, by the SHA-256 of its secret: the principal with its scopes and its kind; NULL where there is no
-- such token, or it has expired or been revoked, or its account is disabled. Notes the use, every ten minutes. A door.
CREATE OR REPLACE FUNCTION verify_account_token(p_digest bytea)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_token account_tokens;
BEGIN
    SELECT t.*
    INTO v_token
    FROM account_keys AS k
    JOIN account_tokens AS t ON t.id = k.token_id
    JOIN accounts AS a ON a.id = t.account_id
    WHERE k.digest = p_digest
        AND t.revoked_at IS NULL
        AND t.expires_at > clock_timestamp()
        AND a.disabled_at IS NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE account_tokens AS t
    SET last_used_at = clock_timestamp()
    WHERE t.id = v_token.id
        AND (t.last_used_at IS NULL OR t.last_used_at < clock_timestamp() - interval '10 minutes');
    RETURN account_principal(v_token.account_id)
        || jsonb_build_object('scopes', v_token.scopes, 'kind', v_token.kind, 'token', v_token.name);
END
$$;

COMMENT ON FUNCTION verify_account_token(bytea) IS 'Who comes in by a token; NULL: nobody. Its use is noted roughly.';
