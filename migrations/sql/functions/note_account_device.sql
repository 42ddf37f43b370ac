-- Somebody has signed in to an account from a device, known by the SHA-256 of what it keeps. Twenty of an account are
-- remembered, each for 180 days after the last time.
CREATE OR REPLACE FUNCTION note_account_device(p_account_id uuid, p_digest bytea)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    INSERT INTO account_devices AS d (account_id, digest, used_at)
    SELECT p_account_id, p_digest, clock_timestamp()
    WHERE p_digest IS NOT NULL
    ON CONFLICT (account_id, digest) DO UPDATE SET used_at = excluded.used_at;
    DELETE FROM account_devices AS d
    WHERE d.account_id = p_account_id
        AND (
            d.used_at < now() - interval '180 days'
            OR d.id NOT IN (
                SELECT k.id FROM account_devices AS k WHERE k.account_id = p_account_id ORDER BY k.used_at DESC LIMIT 20
            )
        );
$$;

COMMENT ON FUNCTION note_account_device(uuid, bytea) IS 'Remembers that somebody has signed in to an account from a device.';
