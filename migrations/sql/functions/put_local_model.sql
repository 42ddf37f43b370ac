-- Puts a newly trained model of the local engine into force, in place of the one that it was compared with. p_model:
-- trained_at, trained_by_code, cases, knowledge_hash, parameters, report. p_replaces: the id of that one; NULL: the
-- shipped one. Returns the new version, or NULL where another one is in force by now: then nothing is changed.
CREATE OR REPLACE FUNCTION put_local_model(p_model jsonb, p_replaces uuid)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_version integer;
BEGIN
    LOCK TABLE ai_local_models IN SHARE ROW EXCLUSIVE MODE; -- one training at a time has its say
    IF (SELECT m.id FROM ai_local_models AS m WHERE m.in_force) IS DISTINCT FROM p_replaces THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('fieldcare.actor_code', p_model ->> 'trained_by_code', true);
    UPDATE ai_local_models SET in_force = false WHERE in_force;
    INSERT INTO ai_local_models (
        version, trained_at, trained_by_code, cases, knowledge_hash, parameters, report, replaces_id, in_force
    )
    SELECT
        COALESCE(max(m.version), 0) + 1, (p_model ->> 'trained_at')::timestamptz, p_model ->> 'trained_by_code',
        (p_model ->> 'cases')::integer, p_model ->> 'knowledge_hash', p_model -> 'parameters', p_model -> 'report',
        p_replaces, true
    FROM ai_local_models AS m
    RETURNING version INTO v_version;
    RETURN v_version;
END
$$;

COMMENT ON FUNCTION put_local_model(jsonb, uuid) IS
    'Puts a newly trained model of the local engine into force; NULL where another than p_replaces was in force.';
