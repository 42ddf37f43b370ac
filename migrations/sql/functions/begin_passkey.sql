-- requires: check_account_password, put_passkey_challenge
-- Whoever gives their password once more begins to add a passkey (tries count as for coming in): {account, code, name,
-- known, wait}, known the credential ids that it has, as hexadecimal digits; account NULL where the password does not fit.
-- p_digest: SHA-256 of the challenge that the new passkey is to sign; p_device as in `check_account_password`. A door.
CREATE OR REPLACE FUNCTION begin_passkey(p_code text, p_key bytea, p_digest bytea, p_device bytea DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_account_id uuid;
    v_wait double precision;
    v_account accounts;
BEGIN
    SELECT c.account_id, c.wait INTO v_account_id, v_wait FROM check_account_password(p_code, p_key, p_device) AS c;
    IF v_account_id IS NOT NULL THEN
        PERFORM put_passkey_challenge(v_account_id, p_digest);
        SELECT * INTO v_account FROM accounts AS a WHERE a.id = v_account_id;
    END IF;
    RETURN jsonb_build_object(
        'account', v_account.id,
        'code', v_account.code,
        'name', v_account.name,
        'known', COALESCE((
            SELECT jsonb_agg(encode(p.credential_id, 'hex')) FROM account_passkeys AS p WHERE p.account_id = v_account_id
        ), '[]'),
        'wait', v_wait
    );
END
$$;

COMMENT ON FUNCTION begin_passkey(text, bytea, bytea, bytea) IS
    'Begins to add a passkey for whoever gives their password; or says how long to wait before trying again.';
