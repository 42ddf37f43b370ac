-- The SLA figures of a ticket for lists: the worst state of its clocks that have not ended, the nearest deadline, and
-- the verdicts so far. The states are those of models.vocabulary.SlaState; the share of the target that was reported
-- decides: 100 breached, 75 at_risk, 50 warning. The state is NULL when no clock is open.
-- Without a search_path of its own, so that the planner can take it into the query that asks; names are qualified.
CREATE OR REPLACE FUNCTION ticket_sla(p_ticket_id uuid)
RETURNS TABLE (state text, due_at timestamptz, clocks_met bigint, clocks_breached bigint)
LANGUAGE sql
STABLE
ROWS 1
AS $$
    SELECT
        CASE
            WHEN count(*) FILTER (WHERE c.ended_at IS NULL) = 0 THEN NULL
            WHEN bool_or(c.state = 'breached' OR 100 = ANY (c.thresholds_fired)) FILTER (WHERE c.ended_at IS NULL)
                THEN 'breached'
            WHEN bool_or(75 <= ANY (c.thresholds_fired)) FILTER (WHERE c.ended_at IS NULL) THEN 'at_risk'
            WHEN bool_or(50 <= ANY (c.thresholds_fired)) FILTER (WHERE c.ended_at IS NULL) THEN 'warning'
            WHEN bool_and(c.state = 'paused') FILTER (WHERE c.ended_at IS NULL) THEN 'paused'
            ELSE 'on_track'
        END,
        min(c.due_at) FILTER (WHERE c.ended_at IS NULL),
        count(*) FILTER (WHERE c.state = 'met'),
        count(*) FILTER (WHERE c.state = 'breached')
    FROM public.sla_clocks AS c
    WHERE c.ticket_id = p_ticket_id
$$;

COMMENT ON FUNCTION ticket_sla(uuid) IS
    'The worst open clock, nearest deadline and verdicts of a ticket; always one row.';
