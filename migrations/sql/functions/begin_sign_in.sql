-- requires: find_account
-- What argon2id needs to make of a password what an account is known by. An account that is not there, or has no password,
-- has a salt of its own each time, and NULL for the rest. A door: it shows no verifier.
CREATE OR REPLACE FUNCTION begin_sign_in(p_code text)
RETURNS TABLE (salt bytea, memory_kib integer, passes integer, lanes integer)
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT COALESCE(p.salt, uuid_send(gen_random_uuid())), p.memory_kib, p.passes, p.lanes
    FROM (SELECT find_account(p_code) AS id) AS a
    LEFT JOIN account_passwords AS p ON p.account_id = a.id
$$;

COMMENT ON FUNCTION begin_sign_in(text) IS
    'Salt and parameters for the password of an account; a salt of nobody where there is none.';
