-- The one-time links of an account that nobody has used end now, and the keys of all of them go.
CREATE OR REPLACE FUNCTION end_account_links(p_account_id uuid)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    DELETE FROM account_keys AS k
    USING account_links AS l
    WHERE l.id = k.link_id AND l.account_id = p_account_id;
    UPDATE account_links AS l
    SET expires_at = now()
    WHERE l.account_id = p_account_id AND l.used_at IS NULL AND l.expires_at > now();
$$;

COMMENT ON FUNCTION end_account_links(uuid) IS 'Ends the one-time links of an account that nobody has used.';
