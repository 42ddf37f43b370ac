-- The tickets that are open on record, a page at a time in the order of their ids, after p_after.
CREATE OR REPLACE FUNCTION open_tickets(p_after uuid, p_limit integer)
RETURNS TABLE (ticket_id uuid, number text, workflow_id text, opened_at timestamptz)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT t.id, t.number, t.workflow_id, t.opened_at
    FROM service_tickets AS t
    WHERE t.status IN ('open', 'on_hold')
        AND t.id > COALESCE(p_after, '00000000-0000-0000-0000-000000000000')
    ORDER BY t.id
    LIMIT p_limit
$$;

COMMENT ON FUNCTION open_tickets(uuid, integer) IS 'A page of the tickets that are open on record, by id.';
