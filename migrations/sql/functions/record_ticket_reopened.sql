-- Fact ticket_reopened: a closed ticket is taken up again; which stages it goes back to is a fact of its own. Returns how
-- it had ended.
CREATE OR REPLACE FUNCTION record_ticket_reopened(p_ticket_id uuid, p_instance_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_old jsonb;
BEGIN
    UPDATE service_tickets AS t
    SET status = 'open', closed_at = NULL, end_reason = '', reopened = (p_fact ->> 'reopened')::integer
    WHERE t.id = p_ticket_id
    RETURNING jsonb_build_object('status', old.status, 'closed_at', old.closed_at, 'end_reason', old.end_reason)
    INTO v_old;
    UPDATE ticket_workflow_instances AS i
    SET status = 'running', ended_at = NULL
    WHERE i.id = p_instance_id;
    PERFORM raise_issue(p_ticket_id, 'Reopened: ' || (p_fact ->> 'reason'), (p_fact ->> 'at')::timestamptz);
    RETURN v_old;
END
$$;

COMMENT ON FUNCTION record_ticket_reopened(uuid, uuid, jsonb) IS
    'Applies the fact ticket_reopened; returns the old values for the audit trail.';
