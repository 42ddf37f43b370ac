-- requires: end_account_links, known_account, told_by
-- A one-time link by which an account's password can be set: {lasts (seconds), digest (hexadecimal)}. Earlier ones end. The
-- owner's alone. Returns when it expires.
CREATE OR REPLACE FUNCTION issue_account_link(p_code text, p_link jsonb, p_by text)
RETURNS timestamptz
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_account_id uuid := known_account(p_code);
    v_lasts interval := make_interval(secs => (p_link ->> 'lasts')::double precision);
    v_id uuid;
    v_expires_at timestamptz;
BEGIN
    IF v_lasts IS NULL OR v_lasts <= interval '0' OR v_lasts > interval '7 days' THEN
        RAISE EXCEPTION 'a one-time link lasts a week at the most' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM accounts AS a WHERE a.id = v_account_id AND a.disabled_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the account % is disabled', p_code
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Enable it first.';
    END IF;
    PERFORM told_by(p_by, 'operator');
    PERFORM end_account_links(v_account_id);
    INSERT INTO account_links (account_id, purpose, expires_at)
    VALUES (v_account_id, 'set_password', clock_timestamp() + v_lasts)
    RETURNING id, expires_at INTO v_id, v_expires_at;
    INSERT INTO account_keys (link_id, digest) VALUES (v_id, decode(p_link ->> 'digest', 'hex'));
    RETURN v_expires_at;
END
$$;

COMMENT ON FUNCTION issue_account_link(text, jsonb, text) IS
    'A one-time link to set the password of an account; returns when it expires.';
