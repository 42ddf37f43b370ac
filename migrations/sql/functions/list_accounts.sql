-- requires: account_principal, find_account
-- Accounts by their codes, a page at a time, with what they may act as (`account_principal`). Filters that are NULL filter
-- nothing: p_search a part of code, name or address; p_role; p_state `in_use`, `disabled`, or `no_password` (in use, and
-- nobody has set one). p_code: that one alone. p_after: the code that the page before ended with.
CREATE OR REPLACE FUNCTION list_accounts(
    p_search text DEFAULT NULL,
    p_role text DEFAULT NULL,
    p_state text DEFAULT NULL,
    p_code text DEFAULT NULL,
    p_limit integer DEFAULT 50,
    p_after text DEFAULT NULL
)
RETURNS TABLE (
    code text,
    name text,
    email text,
    grants jsonb,
    password_set_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz,
    last_seen_at timestamptz,
    tokens bigint,
    logins bigint
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
    SELECT
        a.code, a.name, a.email, account_principal(a.id) -> 'grants', a.password_set_at, a.disabled_at, a.created_at,
        t.last_used_at, t.tokens, t.logins
    FROM accounts AS a
    CROSS JOIN LATERAL (
        SELECT
            max(t.last_used_at) AS last_used_at,
            count(*) FILTER (WHERE t.kind = 'api' AND t.revoked_at IS NULL AND t.expires_at > now()) AS tokens,
            count(*) FILTER (WHERE t.kind = 'login' AND t.revoked_at IS NULL AND t.expires_at > now()) AS logins
        FROM account_tokens AS t
        WHERE t.account_id = a.id
    ) AS t
    WHERE (p_code IS NULL OR a.id = find_account(p_code))
        AND (p_after IS NULL OR (lower(a.code), a.code) > (lower(p_after), p_after))
        AND (
            p_search IS NULL
            OR position(lower(p_search) IN lower(concat_ws(E'\n', a.code, a.name, a.email))) > 0
        )
        AND (p_role IS NULL OR EXISTS (SELECT FROM account_roles AS r WHERE r.account_id = a.id AND r.role = p_role))
        AND CASE p_state
            WHEN 'disabled' THEN a.disabled_at IS NOT NULL
            WHEN 'in_use' THEN a.disabled_at IS NULL
            WHEN 'no_password' THEN a.disabled_at IS NULL AND a.password_set_at IS NULL
            ELSE true
        END
    ORDER BY lower(a.code), a.code
    LIMIT greatest(1, least(p_limit, 1000))
$$;

COMMENT ON FUNCTION list_accounts(text, text, text, text, integer, text) IS
    'Accounts, what they may act as, and how many tokens and logins of theirs are in force; a page at a time.';
