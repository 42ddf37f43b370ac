-- requires: add_account_token, known_account, told_by
-- A personal token of an account (`add_account_token`). The owner's alone. Returns when it expires.
CREATE OR REPLACE FUNCTION issue_account_token(p_code text, p_token jsonb, p_by text)
RETURNS timestamptz
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid := known_account(p_code);
BEGIN
    IF EXISTS (SELECT FROM accounts AS a WHERE a.id = v_id AND a.disabled_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the account % is disabled', p_code
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Enable it first.';
    END IF;
    PERFORM told_by(p_by, 'operator');
    RETURN add_account_token(v_id, p_token || '{"kind": "api"}');
END
$$;

COMMENT ON FUNCTION issue_account_token(text, jsonb, text) IS 'A personal token of an account; returns when it expires.';
