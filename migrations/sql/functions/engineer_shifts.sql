-- requires: calendar_snapshot, engineers_availability
-- When active engineers work, are away and how busy they are: all of them, those with expertise for a type of equipment
-- (by code), or those of some codes. Public holidays of a calendar's country are the program's to work out, so whoever
-- reads this says who is free (models.recommending.shifts). In the form of models.contracts.recommendation.EngineerShifts.
CREATE OR REPLACE FUNCTION engineer_shifts(
    p_engineer_codes text[] DEFAULT NULL, p_equipment_type text DEFAULT NULL, p_from timestamptz DEFAULT now()
)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH who AS MATERIALIZED (
        SELECT e.*, e.shift_calendar_id || ' ' || e.time_zone AS calendar
        FROM engineers AS e
        WHERE e.active
            AND (p_engineer_codes IS NULL OR e.code = ANY (p_engineer_codes))
            AND (
                p_equipment_type IS NULL
                OR EXISTS (
                    SELECT
                    FROM engineer_equipment_expertise AS x
                    JOIN equipment_catalog AS k ON k.id = x.equipment_type_id
                    WHERE x.engineer_id = e.id AND x.active AND k.code = p_equipment_type
                )
            )
    )
    SELECT jsonb_build_object(
        'at', p_from,
        'calendars', COALESCE(
            (
                SELECT jsonb_object_agg(c.calendar, calendar_snapshot(c.shift_calendar_id, p_from, c.time_zone))
                FROM (
                    SELECT DISTINCT w.calendar, w.shift_calendar_id, w.time_zone
                    FROM who AS w
                    WHERE w.calendar IS NOT NULL
                ) AS c
            ),
            '{}'
        ),
        'engineers', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'engineer_id', w.id,
                        'code', w.code,
                        'name', w.name,
                        'support_level', w.support_level,
                        'time_zone', w.time_zone,
                        'calendar', w.calendar,
                        'absences', COALESCE(
                            (
                                SELECT jsonb_agg(
                                    jsonb_build_object(
                                        'starts_at', CASE WHEN isfinite(b.starts_at) THEN b.starts_at END,
                                        'ends_at', CASE WHEN isfinite(b.ends_at) THEN b.ends_at END
                                    )
                                    ORDER BY b.starts_at
                                )
                                FROM engineer_absences AS b
                                WHERE b.engineer_id = w.id AND b.active AND b.ends_at > p_from
                            ),
                            '[]'
                        ),
                        'open_visits', a.open_assignments,
                        'load', round(a.workload_percent * a.monthly_capacity / 100)::integer,
                        'capacity', w.monthly_capacity
                    )
                    ORDER BY w.code
                )
                FROM who AS w
                JOIN engineers_availability(ARRAY(SELECT n.id FROM who AS n), p_from) AS a ON a.engineer_id = w.id
            ),
            '[]'
        )
    )
$$;

COMMENT ON FUNCTION engineer_shifts(text[], text, timestamptz) IS
    'When active engineers work and are away, and how busy they are, as JSON.';
