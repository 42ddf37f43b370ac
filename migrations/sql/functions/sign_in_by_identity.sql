-- requires: account_principal, add_account_token, note_account_device, told_by
-- Somebody comes in whom an OpenID Connect provider has named: {issuer, subject, email}, the address only where it has
-- verified it. Comes in who was linked by an administrator (`put_identity`), and nobody else. That the provider said so is
-- the program's word, so such a login administers nothing: its scopes are read and act. {principal, expires_at, scopes}, the
-- principal NULL where it is nobody's. A door.
CREATE OR REPLACE FUNCTION sign_in_by_identity(p_identity jsonb, p_login jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    c_scopes CONSTANT jsonb := '["read", "act"]';
    v_identity account_identities;
    v_principal jsonb;
    v_expires_at timestamptz;
BEGIN
    SELECT i.*
    INTO v_identity
    FROM account_identities AS i
    JOIN accounts AS a ON a.id = i.account_id
    WHERE i.issuer = p_identity ->> 'issuer'
        AND a.disabled_at IS NULL
        AND (
            i.subject = p_identity ->> 'subject'
            OR (i.subject IS NULL AND i.email = lower(p_identity ->> 'email'))
        )
    ORDER BY i.subject NULLS LAST
    LIMIT 1
    FOR UPDATE OF i;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('principal', NULL);
    END IF;
    v_principal := account_principal(v_identity.account_id);
    PERFORM told_by(v_principal ->> 'code', 'operator');
    UPDATE account_identities AS i
    SET subject = p_identity ->> 'subject', last_used_at = clock_timestamp()
    WHERE i.id = v_identity.id;
    v_expires_at := add_account_token(
        v_identity.account_id, p_login || jsonb_build_object('kind', 'login', 'scopes', c_scopes)
    );
    PERFORM note_account_device(v_identity.account_id, decode(p_login ->> 'device', 'hex'));
    RETURN jsonb_build_object('principal', v_principal, 'expires_at', v_expires_at, 'scopes', c_scopes);
END
$$;

COMMENT ON FUNCTION sign_in_by_identity(jsonb, jsonb) IS
    'Who comes in by an OpenID Connect provider, with a login that lasts a while; the principal NULL: nobody.';
