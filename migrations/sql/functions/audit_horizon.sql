-- How far the audit trail reaches, and who may still put something below that. Numbers are taken before they are committed,
-- so an entry may appear below the newest one: by a transaction that writes the trail now. Once none of those that are
-- named here runs any more, all that there ever will be up to `newest` is there. newest: 0 where there is no entry;
-- writers: transactions by their virtual ids, which don't come again.
CREATE OR REPLACE FUNCTION audit_horizon()
RETURNS TABLE (newest bigint, writers text[])
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        COALESCE((SELECT max(a.entry_number) FROM audit_events AS a), 0),
        -- Not of any snapshot: it is looked at after the snapshot of this statement was taken.
        ARRAY(
            SELECT l.virtualtransaction
            FROM pg_locks AS l
            WHERE l.locktype = 'relation'
                AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
                AND l.relation = 'public.audit_events'::regclass
                AND l.mode = 'RowExclusiveLock'
                AND l.granted
        )
$$;

COMMENT ON FUNCTION audit_horizon() IS
    'The newest entry of the audit trail, and the transactions that may still add one below it.';
