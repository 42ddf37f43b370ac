-- Fact support_level_raised: a visit needs a higher level from here on. Returns the level before.
CREATE OR REPLACE FUNCTION record_support_level_raised(p_instance_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_before text;
BEGIN
    UPDATE workflow_stage_transitions AS t
    SET support_level = p_fact ->> 'level'
    WHERE t.id = stage_visit_id(p_instance_id, p_fact -> 'stage')
    RETURNING old.support_level INTO v_before;
    RETURN jsonb_build_object('level', v_before);
END
$$;

COMMENT ON FUNCTION record_support_level_raised(uuid, jsonb) IS
    'Applies the fact support_level_raised; returns the old value for the audit trail.';
