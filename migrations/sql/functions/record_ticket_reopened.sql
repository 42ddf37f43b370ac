-- Fact ticket_reopened: a closed ticket is taken up again; which stages it goes back to is a fact of its own. Returns how
-- it had ended. What the fault was verified to be is open again as well: the next sign-off says it anew.
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
    SET status = 'open', closed_at = NULL, end_reason = '', reopened = (p_fact ->> 'reopened')::integer,
        verified_cause = NULL, verified_code = NULL, verified_by_code = NULL, verified_at = NULL
    WHERE t.id = p_ticket_id
    RETURNING jsonb_build_object('status', old.status, 'closed_at', old.closed_at, 'end_reason', old.end_reason)
        || CASE
            WHEN old.verified_at IS NOT NULL
                THEN jsonb_build_object('verified_cause', old.verified_cause, 'verified_code', old.verified_code)
            ELSE '{}'
        END
    INTO v_old;
    UPDATE ai_diagnosis_results AS d
    SET was_correct = NULL, verified_cause = NULL, verified_code = NULL, verified_at = NULL
    WHERE d.ticket_id = p_ticket_id AND d.verified_at IS NOT NULL;
    UPDATE ai_engineer_recommendations AS r
    SET fixed_at_first_visit = false
    WHERE r.ticket_id = p_ticket_id AND r.fixed_at_first_visit;
    UPDATE ticket_workflow_instances AS i
    SET status = 'running', ended_at = NULL
    WHERE i.id = p_instance_id;
    PERFORM raise_issue(p_ticket_id, 'Reopened: ' || (p_fact ->> 'reason'), (p_fact ->> 'at')::timestamptz);
    RETURN v_old;
END
$$;

COMMENT ON FUNCTION record_ticket_reopened(uuid, uuid, jsonb) IS
    'Applies the fact ticket_reopened; returns the old values for the audit trail.';
