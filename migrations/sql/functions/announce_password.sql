-- requires: find_account, password_guess
-- Somebody is about to try a password: the try is counted before anything is looked at, and once this transaction has ended
-- well another one may look (`check_account_password`), within a minute and once. p_told is the SHA-256 of the verifier that
-- the password would have. Returns NULL, or how many seconds to wait before a password is looked at: then nothing is
-- counted.
--
-- Tries are counted by the code that was given, whether there is such an account or not, so that neither answer nor wait
-- says which there are; from the fifth in a row on each doubles the wait, up to 15 minutes. One that fits ends the count, and
-- so does a day without any. Tries of one code follow each other: a lock is taken first, so that many at once are counted one
-- by one, and all but the first few have to wait.
--
-- p_device: what the device is known by (`account_devices`); NULL: nothing. One from which somebody has signed in to this
-- account has a count of its own, so nobody else's tries keep its owner waiting. After ten in a row it is a stranger again.
-- A door.
CREATE OR REPLACE FUNCTION announce_password(p_code text, p_told bytea, p_device bytea DEFAULT NULL)
RETURNS double precision
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_of_code bytea := sha256(convert_to(spelling_key(left(p_code, 200)), 'UTF8'));
    v_digest bytea := v_of_code;
    v_now timestamptz := clock_timestamp();
    v_wait_until timestamptz;
    v_failed integer;
    v_device_id uuid;
BEGIN
    -- What somebody else is taking away at this moment goes without us: nobody waits here for who waits for them.
    DELETE FROM password_guesses AS g
    WHERE g.id IN (
        SELECT o.id FROM password_guesses AS o WHERE o.told_at < v_now - interval '1 minute' FOR UPDATE SKIP LOCKED
    );
    DELETE FROM sign_in_tries AS t
    WHERE t.id IN (
        SELECT o.id FROM sign_in_tries AS o WHERE o.failed_at < v_now - interval '1 day' FOR UPDATE SKIP LOCKED
    );
    SELECT d.id
    INTO v_device_id
    FROM account_devices AS d
    WHERE d.account_id = find_account(p_code) AND d.digest = p_device AND d.used_at > now() - interval '180 days';
    IF FOUND THEN
        v_digest := sha256(p_device || v_of_code);
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(v_digest, 'hex'), 29));
    SELECT t.failed INTO v_failed FROM sign_in_tries AS t WHERE t.code_digest = v_digest;
    IF v_device_id IS NOT NULL AND v_failed >= 10 THEN
        DELETE FROM account_devices AS d WHERE d.id = v_device_id;
        v_digest := v_of_code;
        PERFORM pg_advisory_xact_lock(hashtextextended(encode(v_digest, 'hex'), 29));
    END IF;
    v_now := clock_timestamp();
    SELECT t.wait_until INTO v_wait_until FROM sign_in_tries AS t WHERE t.code_digest = v_digest;
    IF v_wait_until > v_now THEN
        RETURN extract(epoch FROM v_wait_until - v_now);
    END IF;
    INSERT INTO sign_in_tries AS t (code_digest, failed, failed_at, wait_until)
    VALUES (v_digest, 1, v_now, v_now)
    ON CONFLICT (code_digest) DO UPDATE
    SET failed = least(t.failed + 1, 1000),
        failed_at = v_now,
        wait_until = v_now
            + CASE WHEN t.failed < 4 THEN interval '0' ELSE least(2.0 ^ least(t.failed - 4, 20), 900) * interval '1 s' END;
    INSERT INTO password_guesses (code_digest, guess, transaction, told_at)
    VALUES (v_digest, password_guess(p_code, p_device, p_told), pg_current_xact_id()::text::bigint, v_now);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION announce_password(text, bytea, bytea) IS
    'Counts a try at a password before it is looked at; the seconds to wait where it is none to be looked at yet.';
