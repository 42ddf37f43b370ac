-- Whether a calendar is open at a moment, in the zone of whoever uses it. The version in force then counts; no calendar
-- (NULL) is always open. A row of the hours is the shift [opens, closes) that begins on its weekday, a night shift ends on
-- the next day; a break is what lies between two rows. A holiday closes the shifts that begin on that local day, whole: a
-- night shift that began on the eve goes on into the holiday, and the one that would begin on the holiday does not take
-- place. A holiday with hours of its own has those; exceptional openings of a day are all its openings, holiday or not.
-- Only the rows of business_calendar_holidays and business_calendar_exceptions count. Local times around a change of the
-- clocks: instant_of(). So a night shift over it is an hour shorter or longer.
CREATE OR REPLACE FUNCTION calendar_is_open(p_calendar_id uuid, p_time_zone text, p_at timestamptz)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE
        WHEN p_calendar_id IS NULL THEN true
        ELSE (
            SELECT c.always_open OR EXISTS (
                SELECT
                -- One day on either side would do, but for zones that change their clocks at midnight.
                FROM generate_series(-2, 1) AS around (days)
                CROSS JOIN LATERAL (SELECT (p_at AT TIME ZONE p_time_zone)::date + around.days) AS local (day)
                CROSS JOIN LATERAL (
                    SELECT
                        EXISTS (
                            SELECT FROM business_calendar_exceptions AS e WHERE e.calendar_id = c.id AND e.day = local.day
                        ),
                        EXISTS (
                            SELECT FROM business_calendar_holidays AS f WHERE f.calendar_id = c.id AND f.day = local.day
                        )
                ) AS special (is_exceptional, is_holiday)
                CROSS JOIN LATERAL (
                    SELECT e.opens, e.closes
                    FROM business_calendar_exceptions AS e
                    WHERE e.calendar_id = c.id AND e.day = local.day
                    UNION ALL
                    SELECT f.opens, f.closes
                    FROM business_calendar_holidays AS f
                    WHERE f.calendar_id = c.id AND f.day = local.day AND f.opens IS NOT NULL AND NOT special.is_exceptional
                    UNION ALL
                    SELECT h.opens, h.closes
                    FROM business_calendar_hours AS h
                    WHERE h.calendar_id = c.id AND h.weekday = extract(isodow FROM local.day)
                        AND NOT special.is_exceptional AND NOT special.is_holiday
                ) AS shift (opens, closes)
                WHERE instant_of(local.day + shift.opens, p_time_zone) <= p_at
                    AND p_at < instant_of(
                        local.day + CASE WHEN shift.closes <= shift.opens THEN 1 ELSE 0 END + shift.closes, p_time_zone
                    )
            )
            FROM business_calendars AS c
            WHERE c.id = calendar_in_force(p_calendar_id, p_at)
        )
    END
$$;

COMMENT ON FUNCTION calendar_is_open(uuid, text, timestamptz) IS
    'Whether a calendar is open at a moment in a time zone; NULL where no version of it is in force.';
