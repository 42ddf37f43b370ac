-- requires: find_account
-- The account that a code names; whoever asks for one that is not there is told so.
CREATE OR REPLACE FUNCTION known_account(p_code text)
RETURNS uuid
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid := find_account(p_code);
BEGIN
    IF v_id IS NULL THEN
        RAISE EXCEPTION 'there is no account %', left(p_code, 100)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Look its code up in the list of accounts.';
    END IF;
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION known_account(text) IS 'The id of the account with a code; it is an error where there is none.';
