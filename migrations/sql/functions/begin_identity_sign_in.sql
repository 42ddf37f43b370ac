-- Somebody goes to an OpenID Connect provider to sign in: the SHA-256 of the state that comes back, within ten minutes and
-- once. A door.
CREATE OR REPLACE FUNCTION begin_identity_sign_in(p_digest bytea)
RETURNS void
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    DELETE FROM identity_states AS s WHERE s.expires_at < clock_timestamp();
    INSERT INTO identity_states (digest, expires_at) VALUES (p_digest, clock_timestamp() + interval '10 minutes');
$$;

COMMENT ON FUNCTION begin_identity_sign_in(bytea) IS 'Keeps the state that a sign-in at a provider comes back with.';
