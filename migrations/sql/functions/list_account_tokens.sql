-- The tokens of an account and its logins, newest first: what they are for and until when, never by what they are known.
CREATE OR REPLACE FUNCTION list_account_tokens(p_code text)
RETURNS TABLE (
    kind text,
    name text,
    scopes text[],
    created_at timestamptz,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT t.kind, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at, t.revoked_at
    FROM account_tokens AS t
    WHERE t.account_id = find_account(p_code)
    ORDER BY t.id DESC
$$;

COMMENT ON FUNCTION list_account_tokens(text) IS 'The tokens and logins of an account, newest first, without secrets.';
