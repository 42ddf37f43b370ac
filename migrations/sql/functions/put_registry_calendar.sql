-- A calendar as p_row says it, all of it: a new one where p_id is NULL. Whatever of its days and hours changes makes it
-- another version, so that a ticket shows which one it was opened with. One that somebody has agreed on is not retired.
-- The owner's alone. Returns its id.
CREATE OR REPLACE FUNCTION put_registry_calendar(p_id uuid, p_row jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_new business_calendars;
    v_old business_calendars;
    v_before jsonb := COALESCE(registry_lines('calendars', p_id), '{}');
    v_day date;
    v_who text;
BEGIN
    SELECT r.* INTO v_old FROM business_calendars AS r WHERE r.id = p_id;
    v_new := jsonb_populate_record(v_new, p_row - ARRAY['hours', 'holidays', 'special_days', 'in_use']);
    v_new.description := COALESCE(v_new.description, '');
    v_new.always_open := COALESCE(v_new.always_open, false);
    v_new.active := (p_row ->> 'in_use')::boolean;
    v_new.version := v_old.version;
    IF jsonb_array_length(COALESCE(p_row -> 'hours', '[]')) = 0 AND NOT v_new.always_open THEN
        RAISE EXCEPTION 'the calendar would never be open: it has no hours'
            USING ERRCODE = 'FC014', HINT = 'Give it hours, or let it be always open.';
    ELSIF v_new.always_open AND (
        v_new.holiday_country IS NOT NULL
        OR jsonb_array_length(COALESCE(p_row -> 'hours', '[]') || COALESCE(p_row -> 'holidays', '[]')
            || COALESCE(p_row -> 'special_days', '[]')) > 0
    ) THEN
        RAISE EXCEPTION 'the calendar is always open, so hours and holidays would mean nothing'
            USING ERRCODE = 'FC014', HINT = 'Leave out one of them.';
    END IF;
    SELECT min((d.said ->> 'day')::date)
    INTO v_day
    FROM jsonb_array_elements(COALESCE(p_row -> 'holidays', '[]') || COALESCE(p_row -> 'special_days', '[]')) AS d (said)
    WHERE (d.said ->> 'day')::date < current_date - 1
        AND NOT EXISTS (
            SELECT
            FROM jsonb_array_elements((v_before -> 'holidays') || (v_before -> 'special_days')) AS k (said)
            WHERE k.said ->> 'day' = d.said ->> 'day'
        );
    IF v_day IS NOT NULL THEN
        RAISE EXCEPTION 'the day % is over', v_day
            USING ERRCODE = 'FC014', HINT = 'Leave it out, because what was measured by then stays as it is.';
    END IF;
    IF v_old.active AND NOT v_new.active THEN
        SELECT found.who
        INTO v_who
        FROM (
            SELECT 'the customer ' || c.code AS who
            FROM customers AS c
            JOIN business_calendars AS b ON b.id = c.calendar_id
            WHERE b.code = v_old.code AND c.active
            UNION ALL
            SELECT 'the service configuration ' || s.code
            FROM manufacturer_service_config AS s
            JOIN business_calendars AS b ON b.id = s.calendar_id
            WHERE b.code = v_old.code AND s.active
            UNION ALL
            SELECT 'the template ' || t.code
            FROM workflow_templates AS t
            JOIN business_calendars AS b ON b.id = t.calendar_id
            WHERE b.code = v_old.code AND t.active
            UNION ALL
            SELECT 'the engineer ' || e.code
            FROM engineers AS e
            JOIN business_calendars AS b ON b.id = e.shift_calendar_id
            WHERE b.code = v_old.code AND e.active
            UNION ALL
            SELECT 'whoever has agreed on none' WHERE v_old.code = '24x7'
        ) AS found
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'the calendar % is that of %', v_old.code, v_who
                USING ERRCODE = 'FC014', HINT = 'Agree on another one there first.';
        END IF;
        UPDATE business_calendars AS r SET active = false WHERE r.code = v_old.code AND r.active;
        RETURN p_id;
    END IF;
    IF p_id IS NULL AND EXISTS (SELECT FROM business_calendars AS r WHERE r.code = v_new.code) THEN
        RAISE EXCEPTION 'the calendar % is on record already', left(v_new.code, 100)
            USING ERRCODE = 'FC014', HINT = 'Choose another code, or change that one.';
    END IF;
    IF p_id IS NULL THEN
        INSERT INTO business_calendars (
            code, version, name, description, always_open, holiday_country, holiday_region, active
        )
        VALUES (
            v_new.code, 1, v_new.name, v_new.description, v_new.always_open, v_new.holiday_country,
            v_new.holiday_region, v_new.active
        )
        RETURNING id INTO p_id;
    ELSE
        IF ROW(v_new.always_open, v_new.holiday_country, v_new.holiday_region)
            IS DISTINCT FROM ROW(v_old.always_open, v_old.holiday_country, v_old.holiday_region)
            OR v_before IS DISTINCT FROM jsonb_build_object(
                'hours', p_row -> 'hours', 'holidays', p_row -> 'holidays', 'special_days', p_row -> 'special_days'
            )
        THEN
            SELECT max(r.version) + 1 INTO v_new.version FROM business_calendars AS r WHERE r.code = v_old.code;
        END IF;
        UPDATE business_calendars AS r
        SET version = v_new.version,
            name = v_new.name,
            description = v_new.description,
            always_open = v_new.always_open,
            holiday_country = v_new.holiday_country,
            holiday_region = v_new.holiday_region,
            active = v_new.active
        WHERE r.id = p_id;
    END IF;
    PERFORM put_registry_days(p_id, p_row);
    RETURN p_id;
END
$$;

COMMENT ON FUNCTION put_registry_calendar(uuid, jsonb) IS 'A calendar as an administrator says it; returns its id.';
