-- Forget what has come to its end before a moment, with its tries: at most p_limit deliveries a call, the oldest first. A
-- door, so the moment lies a week back at the least; what is still on its way is never forgotten. Returns how many it was.
CREATE OR REPLACE FUNCTION forget_webhooks(p_before timestamptz, p_limit integer DEFAULT 1000)
RETURNS bigint
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    WITH old AS (
        SELECT d.id
        FROM webhook_deliveries AS d
        -- Ids go by when they were made, and nothing ends before that: what is newer is not looked at.
        WHERE d.id < uuidv7(least(p_before, now() - interval '7 days') - now())
            AND d.state <> 'pending'
            AND d.ended_at < least(p_before, now() - interval '7 days')
        ORDER BY d.id
        LIMIT greatest(0, least(p_limit, 10000))
        FOR UPDATE SKIP LOCKED
    ),
    gone AS (
        DELETE FROM webhook_deliveries AS d USING old WHERE d.id = old.id RETURNING d.id
    )
    SELECT count(*) FROM gone
$$;

COMMENT ON FUNCTION forget_webhooks(timestamptz, integer) IS
    'Removes deliveries that ended before a moment, a week ago or earlier, with their tries; returns how many.';
