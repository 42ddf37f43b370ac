-- requires: end_account_links, known_account, revoke_account_tokens, told_by
-- An account is put out of use, or into use again. What it had given out stays void: tokens, logins and links end for good
-- with the first. The owner's alone. Returns whether anything changed.
CREATE OR REPLACE FUNCTION disable_account(p_code text, p_disabled boolean, p_by text)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid := known_account(p_code);
    v_changed boolean;
BEGIN
    PERFORM told_by(p_by, 'operator');
    -- As in put_account_roles(): of two who go at once one is the last.
    PERFORM pg_advisory_xact_lock(hashtextextended('fieldcare: administrators', 38));
    IF p_disabled
        AND EXISTS (SELECT FROM account_roles AS r WHERE r.account_id = v_id AND r.role = 'administrator')
        AND NOT EXISTS (
            SELECT
            FROM accounts AS a
            JOIN account_roles AS r ON r.account_id = a.id AND r.role = 'administrator'
            WHERE a.id <> v_id AND a.disabled_at IS NULL
        )
    THEN
        RAISE EXCEPTION '% is the last administrator', p_code
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Make another one first.';
    END IF;
    UPDATE accounts AS a
    SET disabled_at = CASE WHEN p_disabled THEN now() END
    WHERE a.id = v_id AND (a.disabled_at IS NULL) = p_disabled;
    v_changed := FOUND;
    IF p_disabled THEN
        PERFORM revoke_account_tokens(v_id);
        PERFORM end_account_links(v_id);
        DELETE FROM account_devices AS d WHERE d.account_id = v_id;
    END IF;
    RETURN v_changed;
END
$$;

COMMENT ON FUNCTION disable_account(text, boolean, text) IS
    'Puts an account out of use, with all that it had given out, or into use again; returns whether it was otherwise.';
