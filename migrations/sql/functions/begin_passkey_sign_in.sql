-- requires: put_passkey_challenge
-- A challenge for whoever signs in by a passkey, by its SHA-256. A door.
CREATE OR REPLACE FUNCTION begin_passkey_sign_in(p_digest bytea)
RETURNS void
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT put_passkey_challenge(NULL, p_digest)
$$;

COMMENT ON FUNCTION begin_passkey_sign_in(bytea) IS 'Keeps a challenge for whoever signs in by a passkey.';
