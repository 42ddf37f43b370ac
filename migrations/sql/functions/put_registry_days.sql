-- The hours, holidays and special days of a calendar as p_row says them: what is not there any more goes, what is new comes,
-- and what stays is not touched. The owner's alone.
CREATE OR REPLACE FUNCTION put_registry_days(p_calendar_id uuid, p_row jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM business_calendar_hours AS h
    WHERE h.calendar_id = p_calendar_id
        AND NOT EXISTS (
            SELECT
            FROM jsonb_populate_recordset(NULL::business_calendar_hours, p_row -> 'hours') AS n
            WHERE (n.weekday, n.opens, n.closes) = (h.weekday, h.opens, h.closes)
        );
    INSERT INTO business_calendar_hours (calendar_id, weekday, opens, closes)
    SELECT p_calendar_id, n.weekday, n.opens, n.closes
    FROM jsonb_populate_recordset(NULL::business_calendar_hours, p_row -> 'hours') AS n
    WHERE NOT EXISTS (
        SELECT
        FROM business_calendar_hours AS h
        WHERE h.calendar_id = p_calendar_id AND (n.weekday, n.opens, n.closes) = (h.weekday, h.opens, h.closes)
    );

    DELETE FROM business_calendar_holidays AS f
    WHERE f.calendar_id = p_calendar_id
        AND NOT EXISTS (
            SELECT
            FROM jsonb_populate_recordset(NULL::business_calendar_holidays, p_row -> 'holidays') AS n
            WHERE ROW(n.day, n.name, n.opens, n.closes) IS NOT DISTINCT FROM ROW(f.day, f.name, f.opens, f.closes)
        );
    INSERT INTO business_calendar_holidays (calendar_id, day, name, opens, closes)
    SELECT p_calendar_id, n.day, n.name, n.opens, n.closes
    FROM jsonb_populate_recordset(NULL::business_calendar_holidays, p_row -> 'holidays') AS n
    WHERE NOT EXISTS (
        SELECT
        FROM business_calendar_holidays AS f
        WHERE f.calendar_id = p_calendar_id
            AND ROW(n.day, n.name, n.opens, n.closes) IS NOT DISTINCT FROM ROW(f.day, f.name, f.opens, f.closes)
    );

    DELETE FROM business_calendar_exceptions AS e
    WHERE e.calendar_id = p_calendar_id
        AND NOT EXISTS (
            SELECT
            FROM jsonb_populate_recordset(NULL::business_calendar_exceptions, p_row -> 'special_days') AS n
            WHERE (n.day, n.opens, n.closes, COALESCE(n.name, '')) = (e.day, e.opens, e.closes, e.name)
        );
    INSERT INTO business_calendar_exceptions (calendar_id, day, opens, closes, name)
    SELECT p_calendar_id, n.day, n.opens, n.closes, COALESCE(n.name, '')
    FROM jsonb_populate_recordset(NULL::business_calendar_exceptions, p_row -> 'special_days') AS n
    WHERE NOT EXISTS (
        SELECT
        FROM business_calendar_exceptions AS e
        WHERE e.calendar_id = p_calendar_id
            AND (n.day, n.opens, n.closes, COALESCE(n.name, '')) = (e.day, e.opens, e.closes, e.name)
    );
END
$$;

COMMENT ON FUNCTION put_registry_days(uuid, jsonb) IS 'The hours, holidays and special days of a calendar.';
