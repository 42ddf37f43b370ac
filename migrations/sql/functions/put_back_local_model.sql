-- Takes the trained model p_id out of force and puts the one that it replaced back, which may be the shipped one. Returns
-- false where p_id is not in force (any more): then nothing is changed.
CREATE OR REPLACE FUNCTION put_back_local_model(p_id uuid, p_by_code text)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_replaced uuid;
BEGIN
    LOCK TABLE ai_local_models IN SHARE ROW EXCLUSIVE MODE;
    PERFORM set_config('fieldcare.actor_code', p_by_code, true);
    UPDATE ai_local_models SET in_force = false WHERE id = p_id AND in_force RETURNING replaces_id INTO v_replaced;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE ai_local_models SET in_force = true WHERE id = v_replaced;
    RETURN true;
END
$$;

COMMENT ON FUNCTION put_back_local_model(uuid, text) IS
    'Goes back from a trained model of the local engine to the one that it replaced; false where it is not in force.';
