-- Keeps what a run of reconciling has found (p_batch: the message ReconciliationBatch) and how far it came. A finding that
-- is known is seen again. One that is not there any more is resolved: of the kinds that a sweep looks for when the sweep
-- was whole, of the others when the ticket was compared. Returns how many are open. With the owner's rights: nobody else
-- may take a finding back.
-- That a record is right again is never taken on the caller's word: the database compares it itself. What was found at
-- workflows only the caller sees. When the run was is believed of the last day, so that one which comes late takes back
-- nothing that a later one found; beyond that the database's clock decides, and nothing is ever of the future.
CREATE OR REPLACE FUNCTION record_reconciliation(p_batch jsonb)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_at timestamptz;
    v_compared uuid[] := ARRAY(SELECT jsonb_array_elements_text(p_batch -> 'compared')::uuid);
    v_over boolean := p_batch ->> 'round_over';
    v_swept boolean := p_batch ->> 'swept';
BEGIN
    LOCK TABLE reconciliation_rounds IN SHARE ROW EXCLUSIVE MODE; -- a run that was tried again may still be at work
    v_at := clock_timestamp();
    v_at := GREATEST(LEAST((p_batch ->> 'at')::timestamptz, v_at), v_at - interval '1 day');
    INSERT INTO reconciliation_findings (kind, workflow_id, ticket_id, number, detail, found_at, seen_at)
    SELECT DISTINCT ON (f.workflow_id, f.kind)
        f.kind, f.workflow_id, t.id, COALESCE(t.number, f.number), f.detail, v_at, v_at
    FROM jsonb_to_recordset(p_batch -> 'findings') AS f (
        kind text, workflow_id text, ticket_id uuid, number text, detail text
    )
    LEFT JOIN service_tickets AS t ON t.workflow_id = f.workflow_id
    ON CONFLICT (workflow_id, kind) WHERE resolved_at IS NULL DO UPDATE
    SET detail = excluded.detail,
        ticket_id = excluded.ticket_id,
        number = excluded.number,
        seen_at = GREATEST(reconciliation_findings.seen_at, excluded.seen_at);

    UPDATE reconciliation_findings AS f
    SET resolved_at = v_at
    WHERE f.resolved_at IS NULL
        AND f.seen_at < v_at
        AND CASE
            WHEN f.kind IN ('task_fails', 'workflow_gone', 'not_on_record', 'still_runs') THEN v_swept
            WHEN NOT COALESCE(f.ticket_id = ANY (v_compared), false) THEN false
            WHEN f.kind = 'record_changed' THEN NOT EXISTS (SELECT FROM find_record_differences(f.ticket_id))
            ELSE true
        END;

    UPDATE reconciliation_rounds
    SET newest_batch_at = GREATEST(newest_batch_at, v_at),
        position = COALESCE(v_compared[cardinality(v_compared)], position),
        tickets = tickets + cardinality(v_compared),
        ended_at = CASE WHEN v_over THEN GREATEST(newest_batch_at, v_at) END
    WHERE ended_at IS NULL;
    IF NOT FOUND THEN
        INSERT INTO reconciliation_rounds (began_at, newest_batch_at, position, tickets, ended_at)
        VALUES (
            v_at, v_at, v_compared[cardinality(v_compared)], cardinality(v_compared), CASE WHEN v_over THEN v_at END
        );
    END IF;
    RETURN (SELECT count(*) FROM reconciliation_findings AS f WHERE f.resolved_at IS NULL);
END
$$;

COMMENT ON FUNCTION record_reconciliation(jsonb) IS
    'Keeps what a run of reconciling has found (ReconciliationBatch); returns how many findings are open.';
