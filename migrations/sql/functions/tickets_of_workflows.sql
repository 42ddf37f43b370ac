-- What is on record of the tickets of some workflows; nothing of those that are not.
CREATE OR REPLACE FUNCTION tickets_of_workflows(p_workflow_ids text[])
RETURNS TABLE (ticket_id uuid, number text, workflow_id text, status text, last_sequence bigint, closed_at timestamptz)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT t.id, t.number, t.workflow_id, t.status, t.last_sequence, t.closed_at
    FROM service_tickets AS t
    WHERE t.workflow_id = ANY (p_workflow_ids)
$$;

COMMENT ON FUNCTION tickets_of_workflows(text[]) IS 'What is on record of the tickets of some workflows.';
