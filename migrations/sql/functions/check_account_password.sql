-- requires: find_account, password_guess
-- Whether a password is an account's, by what argon2id made of it. What is looked at was told before and is counted
-- (`announce_password`), by another transaction that has ended well: whoever takes this one back afterwards has learned
-- nothing that was not counted. It was told for this code from this device, a minute ago at the most, and is used up.
-- Raises FC016 otherwise.
--
-- account_id is NULL where it does not fit, wait then how many seconds nothing is looked at. One that fits ends the count.
--
-- The account is locked before its password is looked at: a login by the old password and the change to the new one follow
-- each other, and the later of them sees the other.
CREATE OR REPLACE FUNCTION check_account_password(p_code text, p_key bytea, p_device bytea DEFAULT NULL)
RETURNS TABLE (account_id uuid, wait double precision)
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_now timestamptz;
    v_digest bytea;
    v_account_id uuid;
BEGIN
    PERFORM FROM accounts AS a WHERE a.id = find_account(p_code) FOR NO KEY UPDATE;
    v_now := clock_timestamp();
    DELETE FROM password_guesses AS g
    WHERE g.id = (
        SELECT o.id
        FROM password_guesses AS o
        WHERE o.guess = password_guess(p_code, p_device, sha256(sha256(p_key)))
            AND o.transaction <> pg_current_xact_id()::text::bigint
            AND o.told_at > v_now - interval '1 minute'
        LIMIT 1
        FOR UPDATE
    )
    RETURNING g.code_digest INTO v_digest;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the password was not told to be tried, or longer than a minute ago'
            USING ERRCODE = 'FC016', HINT = 'Give it once more.';
    END IF;
    SELECT a.id
    INTO v_account_id
    FROM accounts AS a
    JOIN account_passwords AS p ON p.account_id = a.id
    WHERE a.id = find_account(p_code) AND a.disabled_at IS NULL AND p.verifier = sha256(p_key);
    IF FOUND THEN
        DELETE FROM sign_in_tries AS t
        WHERE t.code_digest IN (
            v_digest, sha256(p_device || sha256(convert_to(spelling_key(left(p_code, 200)), 'UTF8')))
        );
        RETURN QUERY SELECT v_account_id, 0::double precision;
        RETURN;
    END IF;
    RETURN QUERY SELECT
        NULL::uuid,
        COALESCE((
            SELECT greatest(extract(epoch FROM t.wait_until - v_now), 0)
            FROM sign_in_tries AS t
            WHERE t.code_digest = v_digest
        ), 0)::double precision;
END
$$;

COMMENT ON FUNCTION check_account_password(text, bytea, bytea) IS
    'The account whose password it is, NULL if it is not, and how many seconds to wait; the try was counted before.';
