-- requires: alter_account, disable_account, issue_account_link, known_account, put_account, put_identity, revoke_account_token
-- What is done about accounts by whoever administers them: p_doing `add`, `change`, `disable`, `enable`, `link`,
-- `end_logins`, `revoke_token`, `remove_passkey`,
-- `link_identity`; p_said says of which {code} and what else it takes. Returns {code, changed, expires_at}. The
-- owner's alone: administer_account() is the door.
CREATE OR REPLACE FUNCTION change_account(p_doing text, p_said jsonb, p_by text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_code text := p_said ->> 'code';
    v_id uuid;
    v_changed integer := 1;
    v_expires_at timestamptz;
BEGIN
    CASE p_doing
        WHEN 'add' THEN
            v_code := put_account(p_said, p_by);
        WHEN 'change' THEN
            v_changed := alter_account(v_code, p_said, p_by);
        WHEN 'disable', 'enable' THEN
            v_changed := disable_account(v_code, p_doing = 'disable', p_by)::integer;
        WHEN 'link' THEN
            v_expires_at := issue_account_link(v_code, p_said, p_by);
        WHEN 'end_logins' THEN
            PERFORM told_by(p_by, 'operator');
            v_changed := revoke_account_tokens(known_account(v_code), 'login');
        WHEN 'revoke_token' THEN
            v_changed := revoke_account_token(v_code, p_said ->> 'name', p_by)::integer;
        WHEN 'link_identity' THEN
            v_changed := put_identity(v_code, p_said, p_by);
        WHEN 'remove_passkey' THEN
            PERFORM told_by(p_by, 'operator');
            v_id := known_account(v_code);
            DELETE FROM account_passkeys AS p WHERE p.account_id = v_id AND p.name = p_said ->> 'name';
            GET DIAGNOSTICS v_changed = ROW_COUNT;
        ELSE
            RAISE EXCEPTION 'nothing that is done about accounts is called %', left(p_doing, 40)
                USING ERRCODE = 'invalid_parameter_value';
    END CASE;
    v_id := known_account(v_code);
    SELECT a.code INTO v_code FROM accounts AS a WHERE a.id = v_id;
    RETURN jsonb_build_object('code', v_code, 'changed', v_changed, 'expires_at', v_expires_at);
END
$$;

COMMENT ON FUNCTION change_account(text, jsonb, text) IS 'What is done about accounts; returns whose, and how much changed.';
