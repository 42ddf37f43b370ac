-- What reconciling has found and what is still so, the worst and oldest first. `total` counts what p_limit cuts off as well.
CREATE OR REPLACE FUNCTION open_findings(p_limit integer DEFAULT 100)
RETURNS TABLE (
    kind text,
    workflow_id text,
    number text,
    ticket_id uuid,
    detail text,
    found_at timestamptz,
    seen_at timestamptz,
    total bigint
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT f.kind, f.workflow_id, f.number, f.ticket_id, f.detail, f.found_at, f.seen_at, count(*) OVER () AS total
    FROM reconciliation_findings AS f
    WHERE f.resolved_at IS NULL
    ORDER BY
        array_position(
            ARRAY[
                'task_fails', 'workflow_gone', 'can_not_replay', 'record_changed', 'workflow_differs', 'record_behind',
                'not_on_record', 'still_runs'
            ],
            f.kind
        ),
        f.found_at, f.workflow_id
    LIMIT p_limit
$$;

COMMENT ON FUNCTION open_findings(integer) IS
    'What reconciling has found and what is still so, the worst and oldest first.';
