-- All accounts by their codes, with what they may act as (`account_principal`).
CREATE OR REPLACE FUNCTION list_accounts()
RETURNS TABLE (
    code text,
    name text,
    email text,
    grants jsonb,
    password_set_at timestamptz,
    disabled_at timestamptz,
    tokens bigint
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        a.code, a.name, a.email, account_principal(a.id) -> 'grants', a.password_set_at, a.disabled_at,
        (
            SELECT count(*)
            FROM account_tokens AS t
            WHERE t.account_id = a.id AND t.kind = 'api' AND t.revoked_at IS NULL AND t.expires_at > now()
        )
    FROM accounts AS a
    ORDER BY lower(a.code)
$$;

COMMENT ON FUNCTION list_accounts() IS 'All accounts, what they may act as, and how many tokens of theirs are in force.';
