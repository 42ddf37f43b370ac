-- The tickets that run and nobody is on: those that run but for those that somebody is on.
CREATE OR REPLACE FUNCTION unassigned_tickets()
RETURNS uuid[]
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
-- From one assignment to its ticket: to read the tables whole is never quicker where it matters.
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
    RETURN ARRAY(
        SELECT t.id FROM service_tickets AS t WHERE t.status IN ('open', 'on_hold')
        EXCEPT
        SELECT i.ticket_id
        FROM stage_assignments AS a
        JOIN workflow_stage_transitions AS v ON v.id = a.transition_id
        JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
        WHERE a.ended_at IS NULL
    );
END
$$;

COMMENT ON FUNCTION unassigned_tickets() IS 'Ids of the tickets that run and nobody is on.';
