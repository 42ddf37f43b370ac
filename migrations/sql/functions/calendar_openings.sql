-- When a frozen calendar (ticket_workflow_instances.calendar_snapshot) is open between two instants: the same as
-- models.sla.calendar.Calendar.intervals(). An instant is open when its wall-clock time in the calendar's zone lies in an
-- opening; in a gap of the clocks nothing passes, an hour that comes twice counts twice. An opening belongs to the day on
-- which it begins, and so does a holiday. A day with exceptional openings has no others, holiday or not; snapshots of
-- before there were any have none.
CREATE OR REPLACE FUNCTION calendar_openings(p_calendar jsonb, p_from timestamptz, p_until timestamptz)
RETURNS tstzmultirange
LANGUAGE sql
STABLE
STRICT
SET search_path = public, pg_temp
AS $$
    SELECT CASE
        WHEN p_until <= p_from THEN '{}'::tstzmultirange
        WHEN (p_calendar ->> 'always_open')::boolean THEN tstzmultirange(tstzrange(p_from, p_until))
        ELSE COALESCE(
            (
                -- Before the clocks change, and from then on: each with its own distance from UTC.
                SELECT range_agg(
                    tstzrange(
                        greatest(piece.opens, piece.since),
                        greatest(piece.opens, piece.since, least(piece.closes, piece.until))
                    )
                )
                FROM (SELECT p_calendar ->> 'zone') AS place (zone)
                CROSS JOIN generate_series(-2, (p_until AT TIME ZONE 'UTC')::date - (p_from AT TIME ZONE 'UTC')::date + 1)
                    AS around (days)
                CROSS JOIN LATERAL (SELECT (p_from AT TIME ZONE 'UTC')::date + around.days) AS local (day)
                CROSS JOIN LATERAL (
                    SELECT e.opens, e.closes
                    FROM jsonb_to_recordset(p_calendar -> 'exceptional_openings') AS e (day date, opens time, closes time)
                    WHERE e.day = local.day
                    UNION ALL
                    SELECT w.opens, w.closes
                    FROM jsonb_to_recordset(p_calendar -> 'hours') AS w (weekday integer, opens time, closes time)
                    WHERE w.weekday = extract(isodow FROM local.day)
                        AND NOT p_calendar -> 'holidays' ? to_char(local.day, 'YYYY-MM-DD')
                        AND NOT COALESCE(p_calendar -> 'exceptional_openings', '[]')
                            @> jsonb_build_array(jsonb_build_object('day', local.day))
                ) AS h (opens, closes)
                -- As if the zone were UTC: within a day of the truth.
                CROSS JOIN LATERAL (
                    SELECT
                        (local.day + h.opens) AT TIME ZONE 'UTC',
                        (local.day + CASE WHEN h.closes <= h.opens THEN 1 ELSE 0 END + h.closes) AT TIME ZONE 'UTC'
                ) AS wall (opens, closes)
                CROSS JOIN LATERAL (
                    SELECT zone_change(place.zone, wall.opens - interval '1 day', wall.closes + interval '1 day')
                ) AS change (at)
                CROSS JOIN LATERAL (
                    SELECT
                        wall.opens - side.distance,
                        wall.closes - side.distance,
                        side.since,
                        side.until
                    FROM (
                        SELECT
                            (known.at AT TIME ZONE place.zone) - (known.at AT TIME ZONE 'UTC'),
                            known.since,
                            known.until
                        FROM (
                            VALUES
                                (date_trunc('second', wall.opens - interval '1 day'), '-infinity'::timestamptz, change.at),
                                (date_trunc('second', wall.closes + interval '1 day'), change.at, 'infinity'::timestamptz)
                        ) AS known (at, since, until)
                        WHERE known.since < known.until
                    ) AS side (distance, since, until)
                ) AS piece (opens, closes, since, until)
            ),
            '{}'
        ) * tstzmultirange(tstzrange(p_from, p_until))
    END
$$;

COMMENT ON FUNCTION calendar_openings(jsonb, timestamptz, timestamptz) IS
    'When a frozen calendar is open between two instants; nothing where the second is not after the first.';
