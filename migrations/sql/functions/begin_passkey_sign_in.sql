-- requires: put_passkey_challenge
-- A challenge for whoever signs in by a passkey: 32 bytes, 244 bits of them random. The database makes it, so that an answer
-- of before is one to nothing that is asked now, whoever has kept it and asks. A door.
CREATE OR REPLACE FUNCTION begin_passkey_sign_in()
RETURNS bytea
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_challenge bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
BEGIN
    PERFORM put_passkey_challenge(NULL, sha256(v_challenge));
    RETURN v_challenge;
END
$$;

COMMENT ON FUNCTION begin_passkey_sign_in() IS 'A new challenge for whoever signs in by a passkey.';
