-- A type of equipment as p_row says it, all of it: a new one where p_id is NULL. One of which something is in use is not
-- retired, and a name by which another one is known is refused. The owner's alone. Returns its id.
CREATE OR REPLACE FUNCTION put_registry_equipment_type(p_id uuid, p_row jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_new equipment_catalog := jsonb_populate_record(NULL::equipment_catalog, p_row - ARRAY['in_use', 'maintenance_days']);
    v_old equipment_catalog;
    v_known text;
    v_units bigint;
    v_parts bigint;
BEGIN
    SELECT r.* INTO v_old FROM equipment_catalog AS r WHERE r.id = p_id;
    v_new.use_case := COALESCE(v_new.use_case, '');
    v_new.maintenance_requirements := COALESCE(v_new.maintenance_requirements, '');
    v_new.synonyms := COALESCE(v_new.synonyms, '{}');
    v_new.product_codes := COALESCE(v_new.product_codes, '{}');
    v_new.active := (p_row ->> 'in_use')::boolean;
    -- A month stays a month as long as nobody says another number of days.
    v_new.maintenance_interval := CASE
        WHEN extract(epoch FROM v_old.maintenance_interval)::float8 / 86400 = (p_row ->> 'maintenance_days')::float8
            THEN v_old.maintenance_interval
        ELSE interval '1 day' * (p_row ->> 'maintenance_days')::float8
    END;
    SELECT r.code
    INTO v_known
    FROM equipment_catalog AS r
    CROSS JOIN unnest(r.name || r.synonyms) AS known (called)
    JOIN unnest(v_new.name || v_new.synonyms) AS said (called) ON lower(said.called) = lower(known.called)
    WHERE r.id IS DISTINCT FROM p_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the type of equipment % is known by one of these names', v_known
            USING ERRCODE = 'FC014', HINT = 'A name stands for one type: leave it out, or change that one.';
    END IF;
    IF p_id IS NULL THEN
        INSERT INTO equipment_catalog (
            code, name, category, use_case, maintenance_interval, maintenance_requirements, synonyms, product_codes,
            active
        )
        VALUES (
            v_new.code, v_new.name, v_new.category, v_new.use_case, v_new.maintenance_interval,
            v_new.maintenance_requirements, v_new.synonyms, v_new.product_codes, v_new.active
        )
        RETURNING id INTO p_id;
        RETURN p_id;
    END IF;
    SELECT count(*) INTO v_units FROM equipment_registry AS u WHERE u.equipment_type_id = p_id AND u.status = 'active';
    SELECT count(*) INTO v_parts FROM equipment_parts AS s WHERE s.equipment_type_id = p_id AND NOT s.discontinued;
    IF v_old.active AND NOT v_new.active AND v_units + v_parts > 0 THEN
        RAISE EXCEPTION 'of the type % there are % units and % parts in use', v_old.code, v_units, v_parts
            USING ERRCODE = 'FC014', HINT = 'Retire them first.';
    END IF;
    UPDATE equipment_catalog AS r
    SET name = v_new.name,
        category = v_new.category,
        use_case = v_new.use_case,
        maintenance_interval = v_new.maintenance_interval,
        maintenance_requirements = v_new.maintenance_requirements,
        synonyms = v_new.synonyms,
        product_codes = v_new.product_codes,
        active = v_new.active
    WHERE r.id = p_id;
    RETURN p_id;
END
$$;

COMMENT ON FUNCTION put_registry_equipment_type(uuid, jsonb) IS
    'A type of equipment as an administrator says it; returns its id.';
