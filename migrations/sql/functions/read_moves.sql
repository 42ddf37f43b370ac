-- requires: ticket_in_scope
-- Which tickets have moved: the facts among the entries of the audit trail after one number, up to another, oldest first.
-- p_scope: whose tickets are seen (`ticket_in_scope`); NULL: everybody's. status is that of now.
CREATE OR REPLACE FUNCTION read_moves(p_after bigint, p_to bigint, p_limit integer, p_scope jsonb)
RETURNS TABLE (entry_number bigint, ticket_id uuid, number text, sequence bigint, action text, status text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
    SELECT a.entry_number, t.id, t.number, a.sequence, a.action, t.status
    FROM audit_events AS a
    JOIN service_tickets AS t ON t.id = a.subject_id
    WHERE a.entry_number > p_after
        AND a.entry_number <= p_to
        AND a.subject_table = 'service_tickets'
        AND (p_scope IS NULL OR ticket_in_scope(t.id, p_scope))
    ORDER BY a.entry_number
    LIMIT p_limit
$$;

COMMENT ON FUNCTION read_moves(bigint, bigint, integer, jsonb) IS
    'The facts of tickets among a span of the audit trail, oldest first: which ticket, what, and its status now.';
