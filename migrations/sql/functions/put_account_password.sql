-- requires: end_account_links, revoke_account_tokens
-- What an account's password is known by: {salt, memory_kib, passes, lanes, verifier}, bytes as hexadecimal digits.
-- p_same: it is the same password, kept otherwise; if not, logins by the old one and open links end, and so does the adding of
-- a passkey that the old one was given for.
CREATE OR REPLACE FUNCTION put_account_password(p_account_id uuid, p_password jsonb, p_same boolean)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM FROM accounts AS a WHERE a.id = p_account_id FOR NO KEY UPDATE; -- as in check_account_password()
    INSERT INTO account_passwords AS p (account_id, salt, memory_kib, passes, lanes, verifier)
    VALUES (
        p_account_id,
        decode(p_password ->> 'salt', 'hex'),
        (p_password ->> 'memory_kib')::integer,
        (p_password ->> 'passes')::integer,
        (p_password ->> 'lanes')::integer,
        decode(p_password ->> 'verifier', 'hex')
    )
    ON CONFLICT (account_id) DO UPDATE
    SET salt = excluded.salt,
        memory_kib = excluded.memory_kib,
        passes = excluded.passes,
        lanes = excluded.lanes,
        verifier = excluded.verifier;
    IF NOT p_same THEN
        UPDATE accounts AS a SET password_set_at = clock_timestamp() WHERE a.id = p_account_id;
        PERFORM revoke_account_tokens(p_account_id, 'login');
        PERFORM end_account_links(p_account_id);
        DELETE FROM passkey_challenges AS c WHERE c.account_id = p_account_id;
    END IF;
END
$$;

COMMENT ON FUNCTION put_account_password(uuid, jsonb, boolean) IS
    'Keeps what an account''s password is known by; another password ends its logins and open links.';
