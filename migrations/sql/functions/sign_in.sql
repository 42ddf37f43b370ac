-- requires: account_principal, add_account_token, check_account_password, note_account_device, told_by
-- Somebody comes in by a password (`check_account_password`): {principal, wait, expires_at}, the principal NULL where it
-- does not fit. p_login is the token of the login, which the door calls one whatever it says of itself; its `device` is
-- what the device is known by, from now on as well. A door.
CREATE OR REPLACE FUNCTION sign_in(p_code text, p_key bytea, p_login jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_account_id uuid;
    v_wait double precision;
    v_expires_at timestamptz;
    v_principal jsonb;
BEGIN
    SELECT c.account_id, c.wait INTO v_account_id, v_wait
    FROM check_account_password(p_code, p_key, decode(p_login ->> 'device', 'hex')) AS c;
    IF v_account_id IS NOT NULL THEN
        v_principal := account_principal(v_account_id);
        PERFORM told_by(v_principal ->> 'code', 'operator');
        v_expires_at := add_account_token(
            v_account_id, p_login || '{"kind": "login", "scopes": ["read", "act", "administer"]}'
        );
        PERFORM note_account_device(v_account_id, decode(p_login ->> 'device', 'hex'));
    END IF;
    RETURN jsonb_build_object('principal', v_principal, 'wait', v_wait, 'expires_at', v_expires_at);
END
$$;

COMMENT ON FUNCTION sign_in(text, bytea, jsonb) IS
    'Who comes in by a password, with a login that lasts a while; or how long to wait before trying again.';
