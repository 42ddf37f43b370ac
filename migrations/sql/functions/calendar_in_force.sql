-- Which version of a calendar counts at a moment: a reference to any version of a code means the highest active one that
-- is in force then.
CREATE OR REPLACE FUNCTION calendar_in_force(p_calendar_id uuid, p_at timestamptz)
RETURNS uuid
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT c.id
    FROM business_calendars AS named
    JOIN business_calendars AS c ON c.code = named.code
    WHERE named.id = p_calendar_id
        AND c.active
        AND c.valid_from <= p_at
        AND (c.valid_to IS NULL OR p_at < c.valid_to)
    ORDER BY c.version DESC
    LIMIT 1
$$;

COMMENT ON FUNCTION calendar_in_force(uuid, timestamptz) IS
    'The highest version in force of the calendar that p_calendar_id is a version of; NULL where none is.';
