-- The tickets that an engineer is or was on, or was asked to take; with p_now those that they are on now.
CREATE OR REPLACE FUNCTION tickets_of_engineer(p_engineer_id uuid, p_now boolean)
RETURNS uuid[]
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
-- From one assignment to its ticket: to read the tables whole is never quicker where it matters.
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT i.ticket_id
        FROM stage_assignments AS a
        JOIN workflow_stage_transitions AS v ON v.id = a.transition_id
        JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
        WHERE a.engineer_id = p_engineer_id AND (NOT p_now OR a.ended_at IS NULL)
        UNION
        SELECT i.ticket_id
        FROM offer_answers AS o
        JOIN workflow_stage_transitions AS v ON v.id = o.transition_id
        JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
        WHERE NOT p_now AND o.engineer_id = p_engineer_id AND o.asked_at IS NOT NULL
    );
END
$$;

COMMENT ON FUNCTION tickets_of_engineer(uuid, boolean) IS
    'Ids of the tickets that an engineer is or was on or was asked to take, or is on now.';
