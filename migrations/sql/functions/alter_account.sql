-- requires: known_account, put_account_roles, told_by
-- An account is changed: {name, email, give, take}, each as `put_account` has it; what is not there stays, an email of null
-- goes. Nothing ends by it: what tokens and logins may do follows at their next request. The owner's alone. Returns how
-- many of its rows changed.
CREATE OR REPLACE FUNCTION alter_account(p_code text, p_changes jsonb, p_by text)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid := known_account(p_code);
    v_changed integer;
BEGIN
    PERFORM told_by(p_by, 'operator');
    UPDATE accounts AS a
    SET name = COALESCE(p_changes ->> 'name', a.name),
        email = CASE WHEN p_changes ? 'email' THEN p_changes ->> 'email' ELSE a.email END
    WHERE a.id = v_id
        AND (a.name, a.email) IS DISTINCT FROM (
            COALESCE(p_changes ->> 'name', a.name),
            CASE WHEN p_changes ? 'email' THEN p_changes ->> 'email' ELSE a.email END
        );
    GET DIAGNOSTICS v_changed = ROW_COUNT;
    IF p_changes ? 'give' OR p_changes ? 'take' THEN
        v_changed := v_changed + put_account_roles(v_id, p_changes -> 'give', p_changes -> 'take');
    END IF;
    RETURN v_changed;
END
$$;

COMMENT ON FUNCTION alter_account(text, jsonb, text) IS
    'Changes the name, the address and the roles of an account; returns how many of its rows changed.';
