-- requires: put_account_password, told_by
-- Whoever has a one-time link sets the password of its account, once. Of two at the same time one is later, and finds the
-- link used. Returns the account's code; NULL where there is no such link, or it was used or has expired, or its account
-- is disabled. A door.
CREATE OR REPLACE FUNCTION use_account_link(p_digest bytea, p_password jsonb)
RETURNS text
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_link account_links;
    v_code text;
BEGIN
    -- The account first, as everywhere: who locks it and then its links never waits for who waits for it.
    PERFORM
    FROM account_keys AS k
    JOIN account_links AS l ON l.id = k.link_id
    JOIN accounts AS a ON a.id = l.account_id
    WHERE k.digest = p_digest
    FOR NO KEY UPDATE OF a;
    SELECT l.*
    INTO v_link
    FROM account_keys AS k
    JOIN account_links AS l ON l.id = k.link_id
    WHERE k.digest = p_digest
    FOR UPDATE OF l;
    IF NOT FOUND OR v_link.used_at IS NOT NULL OR v_link.expires_at <= clock_timestamp() THEN
        RETURN NULL;
    END IF;
    SELECT a.code INTO v_code FROM accounts AS a WHERE a.id = v_link.account_id AND a.disabled_at IS NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM told_by(v_code, 'operator');
    UPDATE account_links AS l SET used_at = clock_timestamp() WHERE l.id = v_link.id;
    PERFORM put_account_password(v_link.account_id, p_password, false);
    DELETE FROM sign_in_tries AS t WHERE t.code_digest = sha256(convert_to(spelling_key(v_code), 'UTF8'));
    RETURN v_code;
END
$$;

COMMENT ON FUNCTION use_account_link(bytea, jsonb) IS
    'Sets the password of an account by a one-time link; returns the code, NULL where the link is good for nothing.';
