-- requires: ticket_in_scope
-- Whose work the current stages of tickets are, by the templates that they go by. p_scope: whose tickets are seen
-- (`ticket_in_scope`); NULL: everybody's.
CREATE OR REPLACE FUNCTION performers_of_tickets(p_workflow_ids text[], p_scope jsonb)
RETURNS TABLE (workflow_id text, performer text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT DISTINCT i.workflow_id, COALESCE(s.stage ->> 'performer', 'engineer')
    FROM ticket_workflow_instances AS i
    CROSS JOIN LATERAL jsonb_array_elements(i.template_snapshot -> 'stages') AS s (stage)
    WHERE i.workflow_id = ANY (p_workflow_ids)
        AND s.stage ->> 'key' = ANY (i.current_stages)
        AND (p_scope IS NULL OR ticket_in_scope(i.ticket_id, p_scope))
$$;

COMMENT ON FUNCTION performers_of_tickets(text[], jsonb) IS
    'By the workflow id, whose work what is in progress is: engineer, hospital, manufacturer, as the template says.';
