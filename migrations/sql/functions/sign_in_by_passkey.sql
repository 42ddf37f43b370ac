-- requires: account_principal, add_account_token, note_account_device, passkey_verifies, told_by
-- Somebody comes in by a passkey. p_data is what it says of itself (authenticator data), p_client what the browser says of
-- the occasion (client data, JSON), p_signature is of both; p_login as in `sign_in`. The door looks at all that proves who
-- it is: the signature, that the challenge in it was given for this, not long ago, and not used yet, that the passkey is
-- for this host and has seen its owner (present and verified), and that it counts on. Whose page it was that asked, the
-- program has looked at. {principal, expires_at}, the principal NULL where it does not fit. A door.
CREATE OR REPLACE FUNCTION sign_in_by_passkey(
    p_credential_id bytea, p_data bytea, p_client bytea, p_signature bytea, p_login jsonb
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    c_seen CONSTANT integer := 5; -- user present and user verified, of the flags
    v_passkey account_passkeys;
    v_client jsonb;
    v_challenge text;
    v_count bigint;
    v_principal jsonb;
    v_expires_at timestamptz;
BEGIN
    SELECT p.*
    INTO v_passkey
    FROM account_passkeys AS p
    JOIN accounts AS a ON a.id = p.account_id
    WHERE p.credential_id = p_credential_id AND a.disabled_at IS NULL
    FOR UPDATE OF p;
    IF NOT FOUND OR octet_length(p_data) < 37 OR octet_length(p_data) > 4096 OR octet_length(p_client) > 4096 THEN
        RETURN jsonb_build_object('principal', NULL);
    END IF;
    v_client := convert_from(p_client, 'UTF8')::jsonb;
    v_challenge := translate(v_client ->> 'challenge', '-_', '+/');
    v_challenge := rpad(v_challenge, 4 * ((length(v_challenge) + 3) / 4), '=');
    DELETE FROM passkey_challenges AS c
    WHERE c.digest = sha256(decode(v_challenge, 'base64'))
        AND c.account_id IS NULL
        AND c.expires_at > clock_timestamp();
    IF NOT FOUND THEN
        RETURN jsonb_build_object('principal', NULL);
    END IF;
    v_count := get_byte(p_data, 33) * 16777216::bigint + get_byte(p_data, 34) * 65536 + get_byte(p_data, 35) * 256
        + get_byte(p_data, 36);
    IF v_client ->> 'type' IS DISTINCT FROM 'webauthn.get'
        OR substr(p_data, 1, 32) <> sha256(convert_to(v_passkey.rp_id, 'UTF8'))
        OR get_byte(p_data, 32) & c_seen <> c_seen
        OR ((v_count > 0 OR v_passkey.sign_count > 0) AND v_count <= v_passkey.sign_count)
        OR NOT passkey_verifies(
            v_passkey.algorithm, v_passkey.key_first, v_passkey.key_second, p_signature, p_data || sha256(p_client)
        )
    THEN
        RETURN jsonb_build_object('principal', NULL);
    END IF;
    UPDATE account_passkeys AS p SET sign_count = v_count, last_used_at = clock_timestamp() WHERE p.id = v_passkey.id;
    v_principal := account_principal(v_passkey.account_id);
    PERFORM told_by(v_principal ->> 'code', 'operator');
    v_expires_at := add_account_token(
        v_passkey.account_id, p_login || '{"kind": "login", "scopes": ["read", "act", "administer"]}'
    );
    PERFORM note_account_device(v_passkey.account_id, decode(p_login ->> 'device', 'hex'));
    RETURN jsonb_build_object('principal', v_principal, 'expires_at', v_expires_at);
END
$$;

COMMENT ON FUNCTION sign_in_by_passkey(bytea, bytea, bytea, bytea, jsonb) IS
    'Who comes in by a passkey, with a login that lasts a while; the principal NULL where it does not fit.';
