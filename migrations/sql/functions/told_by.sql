-- What is done in the rest of the transaction is on the audit trail as this one's doing.
CREATE OR REPLACE FUNCTION told_by(p_code text, p_role text)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    SELECT set_config('fieldcare.actor_code', p_code, true), set_config('fieldcare.actor_role', p_role, true)
$$;

COMMENT ON FUNCTION told_by(text, text) IS 'Whose doing the audit trail says the rest of the transaction is.';
