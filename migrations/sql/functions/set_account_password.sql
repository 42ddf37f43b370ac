-- requires: known_account, put_account_password, told_by
-- An account gets a password, whatever it had (`put_account_password`). The owner's alone.
CREATE OR REPLACE FUNCTION set_account_password(p_code text, p_password jsonb, p_by text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM told_by(p_by, 'operator');
    PERFORM put_account_password(known_account(p_code), p_password, false);
    DELETE FROM sign_in_tries AS t WHERE t.code_digest = sha256(convert_to(spelling_key(p_code), 'UTF8'));
END
$$;

COMMENT ON FUNCTION set_account_password(text, jsonb, text) IS 'Gives an account a password, whatever it had before.';
