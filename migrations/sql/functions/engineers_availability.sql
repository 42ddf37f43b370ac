-- The one rule for who is free and how busy: for check_engineer_availability() and get_qualified_engineers(), many
-- engineers in one query. Available: active, not absent in [p_from, p_until) (p_until NULL: at p_from), in their working
-- hours at p_from, below their capacity. reason is the first of these that fails.
-- Work is counted as it is recorded now, primary assignments only:
--   open_assignments     stage visits that the engineer has at present;
--   assigned_this_month  tickets given to the engineer in the calendar month of p_from, in the engineer's zone; one that
--                        was given on to somebody else (replaced) is not counted;
--   workload_percent     of monthly_capacity: those tickets and the ones still open from earlier, each ticket once.
CREATE OR REPLACE FUNCTION engineers_availability(
    p_engineer_ids uuid[], p_from timestamptz, p_until timestamptz DEFAULT NULL
)
RETURNS TABLE (
    engineer_id uuid,
    available boolean,
    reason text,
    open_assignments integer,
    assigned_this_month integer,
    monthly_capacity integer,
    workload_percent numeric
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH asked AS MATERIALIZED (
        SELECT
            e.*,
            date_trunc('month', p_from, e.time_zone) AS month_start,
            (date_trunc('month', p_from AT TIME ZONE e.time_zone) + interval '1 month')
                AT TIME ZONE e.time_zone AS month_end
        FROM engineers AS e
        WHERE e.id = ANY (p_engineer_ids)
    ),
    -- Thousands of engineers share a few calendars and zones.
    shifts AS MATERIALIZED (
        SELECT s.*, calendar_is_open(s.shift_calendar_id, s.time_zone, p_from) AS is_open
        FROM (
            SELECT DISTINCT a.shift_calendar_id, a.time_zone FROM asked AS a WHERE a.shift_calendar_id IS NOT NULL
        ) AS s
    ),
    absent AS (
        SELECT DISTINCT ON (b.engineer_id) b.*
        FROM engineer_absences AS b
        WHERE b.engineer_id = ANY (p_engineer_ids)
            AND b.active
            AND tstzrange(b.starts_at, b.ends_at)
                && tstzrange(p_from, COALESCE(p_until, p_from), CASE WHEN p_until IS NULL THEN '[]' ELSE '[)' END)
        ORDER BY b.engineer_id, b.starts_at
    ),
    given AS (
        SELECT a.id AS engineer_id, s.transition_id, s.assigned_at, true AS is_open
        FROM asked AS a
        JOIN stage_assignments AS s ON s.engineer_id = a.id
        WHERE s.assignment_type = 'primary' AND s.status = 'active'
        UNION ALL
        SELECT a.id, s.transition_id, s.assigned_at, false
        FROM asked AS a
        JOIN stage_assignments AS s ON s.engineer_id = a.id
        WHERE s.assignment_type = 'primary'
            AND s.status = 'released'
            AND s.assigned_at >= a.month_start
            AND s.assigned_at < a.month_end
            -- A month in any zone: bounds that are the same for everybody let the index be used.
            AND s.assigned_at >= p_from - interval '33 days'
            AND s.assigned_at < p_from + interval '33 days'
    ),
    work AS (
        SELECT
            a.id AS engineer_id,
            count(*) FILTER (WHERE g.is_open) AS visits,
            count(DISTINCT v.instance_id) FILTER (
                WHERE g.assigned_at >= a.month_start AND g.assigned_at < a.month_end
            ) AS of_month,
            count(DISTINCT v.instance_id) AS tickets
        FROM given AS g
        JOIN asked AS a ON a.id = g.engineer_id
        JOIN workflow_stage_transitions AS v ON v.id = g.transition_id
        GROUP BY a.id
    ),
    judged AS (
        SELECT
            e.*, COALESCE(w.visits, 0) AS visits, COALESCE(w.of_month, 0) AS of_month, COALESCE(w.tickets, 0) AS tickets,
            CASE
                WHEN NOT e.active THEN 'inactive'
                WHEN b.id IS NOT NULL THEN
                    'absent '
                    || CASE WHEN b.starts_at > p_from THEN
                        format('from %s ', to_char(b.starts_at AT TIME ZONE e.time_zone, 'YYYY-MM-DD HH24:MI'))
                        ELSE ''
                    END
                    || CASE WHEN isfinite(b.ends_at) THEN
                        format('until %s ', to_char(b.ends_at AT TIME ZONE e.time_zone, 'YYYY-MM-DD HH24:MI'))
                        ELSE ''
                    END
                    || format('(%s)', b.reason)
                WHEN e.shift_calendar_id IS NOT NULL AND s.is_open IS NULL THEN
                    'no version of the shift calendar is in force'
                WHEN NOT s.is_open THEN 'outside working hours'
                WHEN w.tickets >= e.monthly_capacity THEN
                    format('at capacity: %s of %s tickets this month', w.tickets, e.monthly_capacity)
            END AS obstacle
        FROM asked AS e
        LEFT JOIN shifts AS s ON s.shift_calendar_id = e.shift_calendar_id AND s.time_zone = e.time_zone
        LEFT JOIN absent AS b ON b.engineer_id = e.id
        LEFT JOIN work AS w ON w.engineer_id = e.id
    )
    SELECT
        j.id, j.obstacle IS NULL, j.obstacle, j.visits::integer, j.of_month::integer, j.monthly_capacity,
        round(100.0 * j.tickets / j.monthly_capacity, 1)
    FROM judged AS j
$$;

COMMENT ON FUNCTION engineers_availability(uuid[], timestamptz, timestamptz) IS
    'A row for each engineer: free at a moment or over a span, else why not, and the load as recorded now.';
