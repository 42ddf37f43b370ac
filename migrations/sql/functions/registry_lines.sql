-- What a row of the registry has several of, by the field: objects in their order. {} where a kind has nothing such.
CREATE OR REPLACE FUNCTION registry_lines(p_kind text, p_id uuid)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_lines jsonb := '{}';
BEGIN
    CASE p_kind
        WHEN 'calendars' THEN
            SELECT jsonb_build_object(
                'hours', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object('weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)
                        ORDER BY h.weekday, h.opens
                    )
                    FROM business_calendar_hours AS h
                    WHERE h.calendar_id = p_id
                ), '[]'),
                'holidays', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object('day', f.day, 'name', f.name, 'opens', f.opens, 'closes', f.closes)
                        ORDER BY f.day
                    )
                    FROM business_calendar_holidays AS f
                    WHERE f.calendar_id = p_id
                ), '[]'),
                'special_days', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object('day', e.day, 'opens', e.opens, 'closes', e.closes, 'name', e.name)
                        ORDER BY e.day, e.opens
                    )
                    FROM business_calendar_exceptions AS e
                    WHERE e.calendar_id = p_id
                ), '[]')
            )
            INTO v_lines;
        ELSE
            NULL;
    END CASE;
    RETURN v_lines;
END
$$;

COMMENT ON FUNCTION registry_lines(text, uuid) IS 'What a row of the registry has several of, by the field.';
