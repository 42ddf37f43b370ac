-- requires: record_engineer_outcome
-- Fact engineer_assigned: an engineer becomes the primary one of the named visits; where AI has recommended somebody, they
-- were selected or not. Returns who it was before, by stage.
CREATE OR REPLACE FUNCTION record_engineer_assigned(p_instance_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_stage jsonb;
    v_before text;
    v_old jsonb := '{}';
BEGIN
    FOR v_stage IN SELECT value FROM jsonb_array_elements(p_fact -> 'stages') LOOP
        v_before := put_primary_engineer(
            stage_visit_id(p_instance_id, v_stage),
            (p_fact #>> '{engineer,engineer_id}')::uuid,
            (p_fact ->> 'at')::timestamptz,
            p_fact -> 'actor'
        );
        PERFORM record_engineer_outcome(
            stage_visit_id(p_instance_id, v_stage),
            (p_fact #>> '{engineer,engineer_id}')::uuid,
            'selected',
            (p_fact ->> 'at')::timestamptz
        );
        v_old := v_old || jsonb_build_object(v_stage ->> 'key', v_before);
    END LOOP;
    RETURN jsonb_build_object('engineer', v_old);
END
$$;

COMMENT ON FUNCTION record_engineer_assigned(uuid, jsonb) IS
    'Applies the fact engineer_assigned; returns the old value for the audit trail.';
