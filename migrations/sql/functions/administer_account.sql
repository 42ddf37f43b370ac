-- requires: administrator_by, change_account
-- The same as change_account() for whoever shows, by the SHA-256 of a token, that they administer (`administrator_by`). A door.
CREATE OR REPLACE FUNCTION administer_account(p_digest bytea, p_doing text, p_said jsonb)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT change_account(p_doing, p_said, administrator_by(p_digest))
$$;

COMMENT ON FUNCTION administer_account(bytea, text, jsonb) IS
    'What is done about accounts, for whoever shows a token of an administrator. Raises FC012.';
