-- A state has come back from an OpenID Connect provider: returns whether it was given out, not long ago, and has not come
-- back before. A door.
CREATE OR REPLACE FUNCTION take_identity_state(p_digest bytea)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM identity_states AS s WHERE s.digest = p_digest AND s.expires_at > clock_timestamp();
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION take_identity_state(bytea) IS 'Whether a state that comes back from a provider is good, this once.';
