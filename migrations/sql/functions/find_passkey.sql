-- The passkey of a credential id, with what its signatures are verified by; nothing where there is none.
CREATE OR REPLACE FUNCTION find_passkey(p_credential_id bytea)
RETURNS TABLE (rp_id text, algorithm integer, key_first bytea, key_second bytea, sign_count bigint, account uuid)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT p.rp_id, p.algorithm, p.key_first, p.key_second, p.sign_count, p.account_id
    FROM account_passkeys AS p
    WHERE p.credential_id = p_credential_id
$$;

COMMENT ON FUNCTION find_passkey(bytea) IS 'A passkey by its credential id, with its public key.';
