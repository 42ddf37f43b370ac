-- requires: put_engineer_beside, put_primary_engineer, record_engineer_outcome
-- Fact engineer_assigned: an engineer becomes the primary one of the named visits, or comes beside that one (role). Who was
-- replaced may stay as something else (predecessor_stays_as). Where AI has recommended somebody as the primary one, they
-- were selected or not. Returns who was the primary one before, by stage.
CREATE OR REPLACE FUNCTION record_engineer_assigned(p_instance_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_stage jsonb;
    v_before text;
    v_visit_id uuid;
    v_engineer_id CONSTANT uuid := p_fact #>> '{engineer,engineer_id}';
    v_at CONSTANT timestamptz := p_fact ->> 'at';
    v_old jsonb := '{}';
BEGIN
    FOR v_stage IN SELECT value FROM jsonb_array_elements(p_fact -> 'stages') LOOP
        v_visit_id := stage_visit_id(p_instance_id, v_stage);
        IF p_fact ->> 'role' <> 'primary' THEN
            PERFORM put_engineer_beside(
                v_visit_id, v_engineer_id, p_fact ->> 'role', v_at, p_fact -> 'actor', p_fact ->> 'work_location',
                p_fact ->> 'reason'
            );
            CONTINUE;
        END IF;
        v_before := put_primary_engineer(
            v_visit_id, v_engineer_id, v_at, p_fact -> 'actor', p_fact ->> 'work_location', p_fact ->> 'reason'
        );
        IF v_before IS NOT NULL AND p_fact ->> 'predecessor_stays_as' IS NOT NULL THEN
            PERFORM put_engineer_beside(
                v_visit_id, e.id, p_fact ->> 'predecessor_stays_as', v_at, p_fact -> 'actor'
            )
            FROM engineers AS e
            WHERE e.code = v_before AND e.id <> v_engineer_id;
        END IF;
        PERFORM record_engineer_outcome(v_visit_id, v_engineer_id, 'selected', v_at);
        v_old := v_old || jsonb_build_object(v_stage ->> 'key', v_before);
    END LOOP;
    RETURN jsonb_build_object('engineer', v_old);
END
$$;

COMMENT ON FUNCTION record_engineer_assigned(uuid, jsonb) IS
    'Applies the fact engineer_assigned; returns the old value for the audit trail.';
