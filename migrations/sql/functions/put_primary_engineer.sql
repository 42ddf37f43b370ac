-- Makes an engineer the primary one of a visit: the one before is replaced; the same one stays untouched. Repair and
-- testing are done on site, everything else remotely, unless p_work_location says otherwise. p_notes is what whoever comes
-- has to know of what was done. Who was there beside the primary one becomes it.
-- Returns the code of the engineer who was it before.
CREATE OR REPLACE FUNCTION put_primary_engineer(
    p_transition_id uuid,
    p_engineer_id uuid,
    p_at timestamptz,
    p_actor jsonb,
    p_work_location text DEFAULT NULL,
    p_notes text DEFAULT ''
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
        UPDATE stage_assignments AS a
        SET status = 'replaced', ended_at = GREATEST(p_at, a.assigned_at)
        WHERE a.transition_id = p_transition_id AND a.engineer_id = p_engineer_id AND a.status = 'active';
        INSERT INTO stage_assignments (
            transition_id, engineer_id, work_location, assigned_at, assigned_by_code, assigned_by_role, notes
        )
        SELECT
            v.id,
            p_engineer_id,
            COALESCE(
                p_work_location, CASE WHEN v.stage_type IN ('repair', 'testing') THEN 'onsite' ELSE 'remote' END
            ),
            p_at,
            p_actor ->> 'code',
            p_actor ->> 'role',
            COALESCE(p_notes, '')
        FROM workflow_stage_transitions AS v
        WHERE v.id = p_transition_id;
    END IF;
    RETURN v_before.code;
END
$$;

COMMENT ON FUNCTION put_primary_engineer(uuid, uuid, timestamptz, jsonb, text, text) IS
    'Makes an engineer the primary one of a visit; returns the code of the one before.';
