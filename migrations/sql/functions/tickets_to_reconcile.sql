-- The next tickets to compare in full, in the order of their ids: after the place where the round stands, or from the
-- first one where none goes on. Less than p_limit: with them the round is over.
CREATE OR REPLACE FUNCTION tickets_to_reconcile(p_limit integer)
RETURNS TABLE (ticket_id uuid, number text, workflow_id text, status text, closed_at timestamptz)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT t.id, t.number, t.workflow_id, t.status, t.closed_at
    FROM service_tickets AS t
    WHERE t.id > COALESCE(
        (SELECT r.position FROM reconciliation_rounds AS r WHERE r.ended_at IS NULL),
        '00000000-0000-0000-0000-000000000000'
    )
    ORDER BY t.id
    LIMIT p_limit
$$;

COMMENT ON FUNCTION tickets_to_reconcile(integer) IS
    'The next tickets to compare in full, after the place where the round stands.';
