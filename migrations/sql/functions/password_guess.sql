-- By what a try at a password is known between its being told and its being looked at: for one code, however spelled, from
-- one device, and one verifier (p_told is its SHA-256).
CREATE OR REPLACE FUNCTION password_guess(p_code text, p_device bytea, p_told bytea)
RETURNS bytea
LANGUAGE sql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT sha256(
        sha256(convert_to(spelling_key(left(p_code, 200)), 'UTF8')) || sha256(COALESCE(p_device, '')) || sha256(p_told)
    )
$$;

COMMENT ON FUNCTION password_guess(text, bytea, bytea) IS 'By what a try at a password is known until it is looked at.';
