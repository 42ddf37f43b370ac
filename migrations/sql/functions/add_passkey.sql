-- requires: find_account, told_by
-- A passkey is added, by the challenge that was given for it (`begin_passkey`) to this account: {name, credential, rp_id,
-- algorithm, first, second, sign_count}, bytes as hexadecimal digits. Returns whether it was: not, where there is no such
-- challenge any more. An account has twenty at the most. A door.
CREATE OR REPLACE FUNCTION add_passkey(p_code text, p_digest bytea, p_passkey jsonb)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_account_id uuid := find_account(p_code);
BEGIN
    DELETE FROM passkey_challenges AS c
    WHERE c.digest = p_digest AND c.account_id = v_account_id AND c.expires_at > clock_timestamp();
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM accounts AS a WHERE a.id = v_account_id AND a.disabled_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM told_by((SELECT a.code FROM accounts AS a WHERE a.id = v_account_id), 'operator');
    IF (SELECT count(*) FROM account_passkeys AS p WHERE p.account_id = v_account_id) >= 20 THEN
        RAISE EXCEPTION 'an account has twenty passkeys at the most'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Remove one that is not used any more.';
    END IF;
    INSERT INTO account_passkeys (account_id, name, credential_id, rp_id, algorithm, key_first, key_second, sign_count)
    VALUES (
        v_account_id,
        p_passkey ->> 'name',
        decode(p_passkey ->> 'credential', 'hex'),
        p_passkey ->> 'rp_id',
        (p_passkey ->> 'algorithm')::integer,
        decode(p_passkey ->> 'first', 'hex'),
        decode(p_passkey ->> 'second', 'hex'),
        (p_passkey ->> 'sign_count')::bigint
    );
    RETURN true;
END
$$;

COMMENT ON FUNCTION add_passkey(text, bytea, jsonb) IS
    'Adds the passkey that a challenge was given for; returns whether the challenge was still good.';
