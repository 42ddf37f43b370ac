-- The model of the local engine that was trained here and is in force: id, version, trained_at, cases, knowledge_hash and
-- parameters. NULL: none, so the shipped one is used. To whoever has the parameters of p_known already they are null.
CREATE OR REPLACE FUNCTION local_model_in_force(p_known uuid DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'id', m.id,
        'version', m.version,
        'trained_at', m.trained_at,
        'cases', m.cases,
        'knowledge_hash', m.knowledge_hash,
        'parameters', CASE WHEN m.id IS DISTINCT FROM p_known THEN m.parameters END
    )
    FROM ai_local_models AS m
    WHERE m.in_force
$$;

COMMENT ON FUNCTION local_model_in_force(uuid) IS
    'The trained model of the local engine that is in force, as JSON; NULL where the shipped one is.';
