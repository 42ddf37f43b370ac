-- The workflow of a ticket, for whoever wants to send it a command, and how far its record reaches.
CREATE OR REPLACE FUNCTION find_ticket_workflow(p_reference text)
RETURNS TABLE (workflow_id text, number text, status text, ticket_id uuid, last_sequence bigint)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT t.workflow_id, t.number, t.status, t.id, t.last_sequence
    FROM service_tickets AS t
    WHERE t.id = find_ticket(p_reference)
$$;

COMMENT ON FUNCTION find_ticket_workflow(text) IS
    'The workflow id of a ticket by number, workflow id, key or id; no row where there is none.';
