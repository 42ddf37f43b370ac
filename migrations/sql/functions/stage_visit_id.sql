-- The row of one visit to one stage of an instance. A visit that nobody planned is an error of the caller.
CREATE OR REPLACE FUNCTION stage_visit_id(p_instance_id uuid, p_stage jsonb)
RETURNS uuid
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid;
BEGIN
    SELECT t.id
    INTO v_id
    FROM workflow_stage_transitions AS t
    WHERE t.instance_id = p_instance_id
        AND t.stage_key = p_stage ->> 'key'
        AND t.visit = (p_stage ->> 'visit')::integer;
    IF v_id IS NULL THEN
        RAISE EXCEPTION 'visit % of stage "%" is not on record', p_stage ->> 'visit', p_stage ->> 'key'
            USING ERRCODE = 'FC004';
    END IF;
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION stage_visit_id(uuid, jsonb) IS 'The row of a visit ({key, visit}) of an instance; raises FC004.';
