-- The template that a ticket goes by, as it was when its run began; NULL where there is no ticket of that workflow.
CREATE OR REPLACE FUNCTION template_of_ticket(p_workflow_id text)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT i.template_snapshot
    FROM ticket_workflow_instances AS i
    WHERE i.workflow_id = p_workflow_id
$$;

COMMENT ON FUNCTION template_of_ticket(text) IS
    'The template that the ticket of a workflow goes by; NULL where there is no such ticket.';
