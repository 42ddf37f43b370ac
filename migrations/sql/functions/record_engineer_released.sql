-- Fact engineer_released: an engineer is on the named visits no more. Returns what they were there, by stage.
CREATE OR REPLACE FUNCTION record_engineer_released(p_instance_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_old jsonb;
BEGIN
    WITH visits AS (
        SELECT s.value ->> 'key' AS key, stage_visit_id(p_instance_id, s.value) AS id
        FROM jsonb_array_elements(p_fact -> 'stages') AS s
    ),
    released AS (
        UPDATE stage_assignments AS a
        SET status = 'released', ended_at = GREATEST((p_fact ->> 'at')::timestamptz, a.assigned_at)
        FROM visits AS v
        WHERE a.transition_id = v.id
            AND a.engineer_id = (p_fact #>> '{engineer,engineer_id}')::uuid
            AND a.status = 'active'
        RETURNING v.key, a.assignment_type
    )
    SELECT jsonb_object_agg(r.key, r.assignment_type) INTO v_old FROM released AS r;
    RETURN jsonb_build_object('role', COALESCE(v_old, '{}'));
END
$$;

COMMENT ON FUNCTION record_engineer_released(uuid, jsonb) IS
    'Applies the fact engineer_released; returns the old value for the audit trail.';
