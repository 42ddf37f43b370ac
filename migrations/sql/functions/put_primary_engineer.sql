-- Makes an engineer the primary one of a visit: the one before is replaced; the same one stays untouched. Repair and
-- testing are done on site, everything else remotely.
-- Returns the code of the engineer who was it before.
CREATE OR REPLACE FUNCTION put_primary_engineer(
    p_transition_id uuid, p_engineer_id uuid, p_at timestamptz, p_actor jsonb
)
RETURNS text
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_before record;
BEGIN
    SELECT a.id, a.engineer_id, e.code
    INTO v_before
    FROM stage_assignments AS a
    JOIN engineers AS e ON e.id = a.engineer_id
    WHERE a.transition_id = p_transition_id AND a.assignment_type = 'primary' AND a.status = 'active';
    IF v_before.engineer_id IS DISTINCT FROM p_engineer_id THEN
        IF v_before.id IS NOT NULL THEN
            UPDATE stage_assignments SET status = 'replaced', ended_at = p_at WHERE id = v_before.id;
        END IF;
        INSERT INTO stage_assignments (
            transition_id, engineer_id, work_location, assigned_at, assigned_by_code, assigned_by_role
        )
        SELECT
            v.id,
            p_engineer_id,
            CASE WHEN v.stage_type IN ('repair', 'testing') THEN 'onsite' ELSE 'remote' END,
            p_at,
            p_actor ->> 'code',
            p_actor ->> 'role'
        FROM workflow_stage_transitions AS v
        WHERE v.id = p_transition_id;
    END IF;
    RETURN v_before.code;
END
$$;

COMMENT ON FUNCTION put_primary_engineer(uuid, uuid, timestamptz, jsonb) IS
    'Makes an engineer the primary one of a visit; returns the code of the one before.';
