-- requires: registry_id
-- An engineer as p_row says them, all of it: a new one where p_id is NULL. No account is made or changed by that. The
-- owner's alone. Returns their id.
CREATE OR REPLACE FUNCTION put_registry_engineer(p_id uuid, p_row jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_new engineers;
    v_old engineers;
BEGIN
    SELECT r.* INTO v_old FROM engineers AS r WHERE r.id = p_id;
    v_new := jsonb_populate_record(
        v_new, p_row - ARRAY['shift_calendar', 'qualifications', 'certificates', 'in_use']
    );
    v_new.shift_calendar_id := registry_id(
        'business_calendars', p_row ->> 'shift_calendar', v_old.shift_calendar_id
    );
    v_new.monthly_capacity := COALESCE(v_new.monthly_capacity, 30);
    v_new.active := (p_row ->> 'in_use')::boolean;
    IF p_id IS NULL THEN
        INSERT INTO engineers (
            code, name, support_level, active, home_latitude, home_longitude, monthly_capacity, time_zone,
            shift_calendar_id
        )
        VALUES (
            v_new.code, v_new.name, v_new.support_level, v_new.active, v_new.home_latitude, v_new.home_longitude,
            v_new.monthly_capacity, v_new.time_zone, v_new.shift_calendar_id
        )
        RETURNING id INTO p_id;
    ELSE
        UPDATE engineers AS r
        SET name = v_new.name,
            support_level = v_new.support_level,
            active = v_new.active,
            home_latitude = v_new.home_latitude,
            home_longitude = v_new.home_longitude,
            monthly_capacity = v_new.monthly_capacity,
            time_zone = v_new.time_zone,
            shift_calendar_id = v_new.shift_calendar_id
        WHERE r.id = p_id;
    END IF;
    PERFORM put_registry_qualifications(p_id, p_row);
    PERFORM put_registry_certificates(p_id, p_row);
    RETURN p_id;
END
$$;

COMMENT ON FUNCTION put_registry_engineer(uuid, jsonb) IS 'An engineer as an administrator says them; returns the id.';
