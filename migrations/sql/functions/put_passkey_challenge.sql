-- A challenge that a passkey is to sign, by its SHA-256: it is good for five minutes, and once. p_account_id: whose passkey
-- is to be added, the challenge before ends; NULL: somebody is to sign in.
CREATE OR REPLACE FUNCTION put_passkey_challenge(p_account_id uuid, p_digest bytea)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    DELETE FROM passkey_challenges AS c WHERE c.expires_at < clock_timestamp() OR c.account_id = p_account_id;
    INSERT INTO passkey_challenges (account_id, digest, expires_at)
    VALUES (p_account_id, p_digest, clock_timestamp() + interval '5 minutes');
$$;

COMMENT ON FUNCTION put_passkey_challenge(uuid, bytea) IS 'Keeps a challenge that a passkey is to sign, for a while.';
