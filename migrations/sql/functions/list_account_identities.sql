-- requires: find_account
-- To whom at OpenID Connect providers an account is linked; the subject NULL: nobody has come yet with the address.
CREATE OR REPLACE FUNCTION list_account_identities(p_code text)
RETURNS TABLE (issuer text, subject text, email text, created_at timestamptz, last_used_at timestamptz)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT i.issuer, i.subject, i.email, i.created_at, i.last_used_at
    FROM account_identities AS i
    WHERE i.account_id = find_account(p_code)
    ORDER BY i.issuer
$$;

COMMENT ON FUNCTION list_account_identities(text) IS 'To whom at OpenID Connect providers an account is linked.';
