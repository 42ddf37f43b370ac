-- A manufacturer as p_row says it, all of it: a new one where p_id is NULL. One of whom something is in use is not retired,
-- and a name by which another one is known is refused. The owner's alone. Returns its id.
CREATE OR REPLACE FUNCTION put_registry_manufacturer(p_id uuid, p_row jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_new manufacturers := jsonb_populate_record(NULL::manufacturers, p_row - 'in_use');
    v_known text;
    v_units bigint;
    v_parts bigint;
BEGIN
    v_new.synonyms := COALESCE(v_new.synonyms, '{}');
    v_new.active := (p_row ->> 'in_use')::boolean;
    SELECT r.code
    INTO v_known
    FROM manufacturers AS r
    CROSS JOIN unnest(r.name || r.synonyms) AS known (called)
    JOIN unnest(v_new.name || v_new.synonyms) AS said (called) ON lower(said.called) = lower(known.called)
    WHERE r.id IS DISTINCT FROM p_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the manufacturer % is known by one of these names', v_known
            USING ERRCODE = 'FC014', HINT = 'A name stands for one manufacturer: leave it out, or change that one.';
    END IF;
    IF p_id IS NULL THEN
        INSERT INTO manufacturers (code, name, service_desk, synonyms, active)
        VALUES (v_new.code, v_new.name, v_new.service_desk, v_new.synonyms, v_new.active)
        RETURNING id INTO p_id;
        RETURN p_id;
    END IF;
    SELECT count(*) INTO v_units FROM equipment_registry AS u WHERE u.manufacturer_id = p_id AND u.status = 'active';
    SELECT count(*) INTO v_parts FROM equipment_parts AS s WHERE s.manufacturer_id = p_id AND NOT s.discontinued;
    IF NOT v_new.active AND v_units + v_parts > 0
        AND EXISTS (SELECT FROM manufacturers AS r WHERE r.id = p_id AND r.active)
    THEN
        RAISE EXCEPTION 'of the manufacturer % there are % units and % parts in use', v_new.code, v_units, v_parts
            USING ERRCODE = 'FC014', HINT = 'Retire them first.';
    END IF;
    UPDATE manufacturers AS r
    SET name = v_new.name,
        service_desk = v_new.service_desk,
        synonyms = v_new.synonyms,
        active = v_new.active
    WHERE r.id = p_id;
    RETURN p_id;
END
$$;

COMMENT ON FUNCTION put_registry_manufacturer(uuid, jsonb) IS
    'A manufacturer as an administrator says it; returns its id.';
