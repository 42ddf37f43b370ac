-- requires: ticket_in_scope
-- Facts of a ticket after one of them, oldest first, each as the timeline of get_ticket() has it. p_scope: whose tickets
-- are seen (`ticket_in_scope`); NULL: everybody's.
CREATE OR REPLACE FUNCTION read_ticket_entries(p_ticket_id uuid, p_after bigint, p_limit integer, p_scope jsonb)
RETURNS TABLE (sequence bigint, entry text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT a.sequence, (to_jsonb(a) - ARRAY['subject_table', 'subject_id', 'previous_hash'])::text
    FROM audit_events AS a
    WHERE a.subject_id = p_ticket_id
        AND a.sequence > p_after
        AND (p_scope IS NULL OR ticket_in_scope(p_ticket_id, p_scope))
    ORDER BY a.sequence
    LIMIT p_limit
$$;

COMMENT ON FUNCTION read_ticket_entries(uuid, bigint, integer, jsonb) IS
    'Facts of a ticket after one of them, oldest first, as its timeline has them.';
