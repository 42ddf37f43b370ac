-- The business time of a clock before a moment, worked out from its recorded events and the calendar that was frozen into
-- the ticket: the same as models.sla.clock.Clock.elapsed(), to the microsecond. 0 before its start.
CREATE OR REPLACE FUNCTION sla_elapsed(p_clock_id uuid, p_at timestamptz)
RETURNS interval
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT make_interval(secs => COALESCE(
        (
            SELECT sum(extract(epoch FROM upper(counted) - lower(counted)))
            FROM unnest(
                running.spans * calendar_openings(
                    COALESCE(c.calendar_snapshot, i.calendar_snapshot), lower(running.spans), upper(running.spans)
                )
            ) AS counted
        ),
        0
    )::double precision)
    FROM sla_clocks AS c
    JOIN ticket_workflow_instances AS i ON i.ticket_id = c.ticket_id
    CROSS JOIN LATERAL (
        SELECT range_agg(tstzrange(move.since, move.until)) FILTER (WHERE move.kind IN ('started', 'resumed', 'reopened'))
        FROM (
            SELECT e.kind, COALESCE(e.counts_from, e.occurred_at) AS since, lead(e.occurred_at, 1, p_at) OVER (ORDER BY e.sequence) AS until
            FROM sla_events AS e
            WHERE e.ticket_id = c.ticket_id
                AND e.clock_id = c.id
                AND e.kind IN ('started', 'paused', 'resumed', 'stopped', 'cancelled', 'reopened')
                AND e.occurred_at <= p_at
        ) AS move
    ) AS running (spans)
    WHERE c.id = p_clock_id
$$;

COMMENT ON FUNCTION sla_elapsed(uuid, timestamptz) IS
    'Business time of a clock before a moment, from its events and the frozen calendar; NULL where there is no such clock.';
