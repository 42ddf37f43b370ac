-- requires: find_account
-- The passkeys of an account, by their names.
CREATE OR REPLACE FUNCTION list_account_passkeys(p_code text)
RETURNS TABLE (name text, rp_id text, created_at timestamptz, last_used_at timestamptz)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT p.name, p.rp_id, p.created_at, p.last_used_at
    FROM account_passkeys AS p
    WHERE p.account_id = find_account(p_code)
    ORDER BY p.name
$$;

COMMENT ON FUNCTION list_account_passkeys(text) IS 'The passkeys of an account, by their names.';
