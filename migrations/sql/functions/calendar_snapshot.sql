-- A calendar as intake freezes it into a ticket: the version in force at p_at of what p_calendar_id is a version of, in
-- the zone of the equipment's site. Public holidays of its country are the program's to work out: only the days on record
-- are listed. NULL where no version is in force, or where that one would never be open: then the next agreement counts.
CREATE OR REPLACE FUNCTION calendar_snapshot(p_calendar_id uuid, p_at timestamptz, p_zone text)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'code', c.code,
        'version', c.version,
        'always_open', c.always_open,
        'zone', p_zone,
        'hours', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object('weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)
                    ORDER BY h.weekday, h.opens
                )
                FROM business_calendar_hours AS h
                WHERE h.calendar_id = c.id AND NOT c.always_open
            ),
            '[]'
        ),
        'holidays', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object('day', f.day, 'name', f.name, 'opens', f.opens, 'closes', f.closes) ORDER BY f.day
                )
                FROM business_calendar_holidays AS f
                WHERE f.calendar_id = c.id AND NOT c.always_open
            ),
            '[]'
        ),
        'exceptional_openings', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object('day', e.day, 'opens', e.opens, 'closes', e.closes, 'name', e.name)
                    ORDER BY e.day, e.opens
                )
                FROM business_calendar_exceptions AS e
                WHERE e.calendar_id = c.id AND NOT c.always_open
            ),
            '[]'
        ),
        'holiday_country', c.holiday_country,
        'holiday_region', c.holiday_region
    )
    FROM business_calendars AS c
    WHERE c.id = calendar_in_force(p_calendar_id, p_at)
        AND (c.always_open OR EXISTS (SELECT FROM business_calendar_hours AS h WHERE h.calendar_id = c.id))
$$;

COMMENT ON FUNCTION calendar_snapshot(uuid, timestamptz, text) IS
    'The version in force of a calendar as JSON, as intake freezes it; NULL where none is in force.';
