-- The SLA figures of a ticket for lists: the worst state of its clocks that have not ended, the nearest deadline that is
-- not past, and the verdicts so far. The same as ClockBoard.sla_state() and due_at() of the workflow: breached before
-- paused before at_risk (75 %) before warning; when no clock is open, the verdict over all of them.
-- Without a search_path of its own, so that the planner can take it into the query that asks; names are qualified.
CREATE OR REPLACE FUNCTION ticket_sla(p_ticket_id uuid)
RETURNS TABLE (state text, due_at timestamptz, clocks_met bigint, clocks_breached bigint)
LANGUAGE sql
STABLE
ROWS 1
AS $$
    SELECT
        CASE
            WHEN count(*) FILTER (WHERE c.ended_at IS NULL) = 0 THEN
                CASE WHEN bool_or(100 = ANY (c.thresholds_fired)) THEN 'breached' ELSE 'met' END
            WHEN bool_or(100 = ANY (c.thresholds_fired)) FILTER (WHERE c.ended_at IS NULL) THEN 'breached'
            WHEN bool_or(c.state = 'paused') FILTER (WHERE c.ended_at IS NULL) THEN 'paused'
            WHEN bool_or(75 <= ANY (c.thresholds_fired)) FILTER (WHERE c.ended_at IS NULL) THEN 'at_risk'
            WHEN count(*) FILTER (WHERE c.ended_at IS NULL AND c.thresholds_fired <> '{}') > 0 THEN 'warning'
            ELSE 'on_track'
        END,
        min(c.due_at) FILTER (WHERE c.ended_at IS NULL AND NOT 100 = ANY (c.thresholds_fired)),
        count(*) FILTER (WHERE c.state = 'met'),
        count(*) FILTER (WHERE c.state = 'breached')
    FROM public.sla_clocks AS c
    WHERE c.ticket_id = p_ticket_id
$$;

COMMENT ON FUNCTION ticket_sla(uuid) IS
    'The worst open clock, nearest deadline and verdicts of a ticket; always one row.';
