-- requires: find_account
-- Whether a password is an account's, by what argon2id made of it, and how many seconds to wait before the next one is
-- looked at. Tries that fail are counted by the code that was given, whether there is such an account or not, so that
-- neither answer nor wait says which there are; from the fifth in a row on each doubles the wait, up to 15 minutes. A
-- day without one forgets them. Tries of one code follow each other: a lock is taken first, so that many at once
-- are looked at one by one, and all but the first few have to wait. account_id is NULL where it does not fit.
--
-- p_device: what the device is known by (`account_devices`); NULL: nothing. One from which somebody has signed in to this
-- account has a count of its own, so nobody else's tries keep its owner waiting. Ten in a row that fail from it, and it is
-- a stranger again.
CREATE OR REPLACE FUNCTION check_account_password(p_code text, p_key bytea, p_device bytea DEFAULT NULL)
RETURNS TABLE (account_id uuid, wait double precision)
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_digest bytea := sha256(convert_to(spelling_key(left(p_code, 200)), 'UTF8'));
    v_now timestamptz := clock_timestamp();
    v_tries sign_in_tries;
    v_account_id uuid;
    v_device_id uuid;
BEGIN
    SELECT d.id
    INTO v_device_id
    FROM account_devices AS d
    WHERE d.account_id = find_account(p_code) AND d.digest = p_device AND d.used_at > now() - interval '180 days';
    IF FOUND THEN
        v_digest := sha256(p_device || v_digest);
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(v_digest, 'hex'), 29));
    v_now := clock_timestamp();
    DELETE FROM sign_in_tries AS t WHERE t.failed_at < v_now - interval '1 day';
    SELECT * INTO v_tries FROM sign_in_tries AS t WHERE t.code_digest = v_digest;
    IF v_tries.wait_until > v_now THEN
        RETURN QUERY SELECT NULL::uuid, extract(epoch FROM v_tries.wait_until - v_now)::double precision;
        RETURN;
    END IF;
    SELECT a.id
    INTO v_account_id
    FROM accounts AS a
    JOIN account_passwords AS p ON p.account_id = a.id
    WHERE a.id = find_account(p_code) AND a.disabled_at IS NULL AND p.verifier = sha256(p_key);
    IF v_account_id IS NOT NULL THEN
        DELETE FROM sign_in_tries AS t WHERE t.code_digest = v_digest;
        RETURN QUERY SELECT v_account_id, 0::double precision;
        RETURN;
    END IF;
    INSERT INTO sign_in_tries AS t (code_digest, failed, failed_at, wait_until)
    VALUES (v_digest, 1, v_now, v_now)
    ON CONFLICT (code_digest) DO UPDATE
    SET failed = least(t.failed + 1, 1000),
        failed_at = v_now,
        wait_until = v_now
            + CASE WHEN t.failed < 4 THEN interval '0' ELSE least(2.0 ^ least(t.failed - 4, 20), 900) * interval '1 s' END
    RETURNING * INTO v_tries;
    IF v_tries.failed >= 10 THEN
        DELETE FROM account_devices AS d WHERE d.id = v_device_id;
    END IF;
    RETURN QUERY SELECT NULL::uuid, extract(epoch FROM v_tries.wait_until - v_now)::double precision;
END
$$;

COMMENT ON FUNCTION check_account_password(text, bytea, bytea) IS
    'The account whose password it is, NULL if it is not, and how many seconds to wait; tries that fail are counted.';
