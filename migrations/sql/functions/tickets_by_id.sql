-- Tickets in the order of their ids, a page at a time, after p_after: all of them, or those that are open on record.
CREATE OR REPLACE FUNCTION tickets_by_id(p_after uuid, p_limit integer, p_open_only boolean)
RETURNS TABLE (ticket_id uuid, number text, workflow_id text, status text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT t.id, t.number, t.workflow_id, t.status
    FROM service_tickets AS t
    WHERE t.id > COALESCE(p_after, '00000000-0000-0000-0000-000000000000')
        AND (NOT p_open_only OR t.status IN ('open', 'on_hold'))
    ORDER BY t.id
    LIMIT p_limit
$$;

COMMENT ON FUNCTION tickets_by_id(uuid, integer, boolean) IS
    'A page of all tickets, or of those that are open on record, in the order of their ids.';
