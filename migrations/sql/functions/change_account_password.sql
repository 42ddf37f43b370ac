-- requires: check_account_password, put_account_password, told_by
-- Whoever knows the password of an account changes it, or keeps the same by other parameters (p_same). Returns the seconds
-- to wait, NULL where it was done and 0 where the old one did not fit. p_device as in `check_account_password`. A door.
CREATE OR REPLACE FUNCTION change_account_password(
    p_code text, p_key bytea, p_password jsonb, p_same boolean, p_device bytea DEFAULT NULL
)
RETURNS double precision
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_account_id uuid;
    v_wait double precision;
BEGIN
    SELECT c.account_id, c.wait INTO v_account_id, v_wait FROM check_account_password(p_code, p_key, p_device) AS c;
    IF v_account_id IS NULL THEN
        RETURN v_wait;
    END IF;
    PERFORM told_by((SELECT a.code FROM accounts AS a WHERE a.id = v_account_id), 'operator');
    PERFORM put_account_password(v_account_id, p_password, p_same);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION change_account_password(text, bytea, jsonb, boolean, bytea) IS
    'Changes the password of whoever knows it; NULL where that was done, else the seconds to wait.';
