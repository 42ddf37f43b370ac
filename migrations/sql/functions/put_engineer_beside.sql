-- Puts an engineer on a visit beside the primary one, as p_role: secondary, support or supervisor. Where they are on it
-- already as something else, that ends; as the same, nothing changes.
CREATE OR REPLACE FUNCTION put_engineer_beside(
    p_transition_id uuid,
    p_engineer_id uuid,
    p_role text,
    p_at timestamptz,
    p_actor jsonb,
    p_work_location text DEFAULT NULL,
    p_notes text DEFAULT ''
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM
    FROM stage_assignments AS a
    WHERE a.transition_id = p_transition_id
        AND a.engineer_id = p_engineer_id
        AND a.status = 'active'
        AND a.assignment_type = p_role;
    IF FOUND THEN
        RETURN;
    END IF;
    UPDATE stage_assignments AS a
    SET status = 'replaced', ended_at = GREATEST(p_at, a.assigned_at)
    WHERE a.transition_id = p_transition_id AND a.engineer_id = p_engineer_id AND a.status = 'active';
    INSERT INTO stage_assignments (
        transition_id, engineer_id, assignment_type, work_location, assigned_at, assigned_by_code, assigned_by_role, notes
    )
    SELECT
        v.id,
        p_engineer_id,
        p_role,
        COALESCE(p_work_location, CASE WHEN v.stage_type IN ('repair', 'testing') THEN 'onsite' ELSE 'remote' END),
        p_at,
        p_actor ->> 'code',
        p_actor ->> 'role',
        COALESCE(p_notes, '')
    FROM workflow_stage_transitions AS v
    WHERE v.id = p_transition_id;
END
$$;

COMMENT ON FUNCTION put_engineer_beside(uuid, uuid, text, timestamptz, jsonb, text, text) IS
    'Puts an engineer on a visit as secondary, support or supervisor.';
