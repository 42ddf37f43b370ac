-- A calendar by its code, as intake freezes it, and the codes that there are. "calendar" is null where no version of that
-- code is in force at p_at.
CREATE OR REPLACE FUNCTION find_calendar(p_code text, p_at timestamptz, p_zone text)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'calendar', (
            SELECT calendar_snapshot(b.id, p_at, p_zone)
            FROM business_calendars AS b
            WHERE b.code = p_code
            ORDER BY b.version
            LIMIT 1
        ),
        'codes', COALESCE((SELECT jsonb_agg(DISTINCT b.code ORDER BY b.code) FROM business_calendars AS b WHERE b.active), '[]')
    )
$$;

COMMENT ON FUNCTION find_calendar(text, timestamptz, text) IS
    'A calendar by its code as JSON, in the zone, and the codes that there are.';
