-- requires: administrator_by, change_webhook
-- The same as change_webhook() for whoever shows, by the SHA-256 of a token, that they administer (`administrator_by`). A door.
CREATE OR REPLACE FUNCTION administer_webhook(p_digest bytea, p_doing text, p_said jsonb)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT change_webhook(p_doing, p_said, administrator_by(p_digest))
$$;

COMMENT ON FUNCTION administer_webhook(bytea, text, jsonb) IS
    'What is done about endpoints of webhooks, for whoever shows a token of an administrator. Raises FC012.';
