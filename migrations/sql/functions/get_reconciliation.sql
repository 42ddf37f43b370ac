-- How far reconciling has come. newest_batch_at NULL: it never ran. Every ticket that was on record at compared_since was
-- compared in full since then; NULL: no round was finished yet. in_round: tickets compared in the round that goes on.
CREATE OR REPLACE FUNCTION get_reconciliation()
RETURNS TABLE (newest_batch_at timestamptz, compared_since timestamptz, in_round integer, findings bigint)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        (SELECT max(r.newest_batch_at) FROM reconciliation_rounds AS r),
        (SELECT max(r.began_at) FROM reconciliation_rounds AS r WHERE r.ended_at IS NOT NULL),
        (SELECT r.tickets FROM reconciliation_rounds AS r WHERE r.ended_at IS NULL),
        (SELECT count(*) FROM reconciliation_findings AS f WHERE f.resolved_at IS NULL)
$$;

COMMENT ON FUNCTION get_reconciliation() IS
    'How far reconciling has come: its newest batch, since when every ticket was compared, what is open.';
