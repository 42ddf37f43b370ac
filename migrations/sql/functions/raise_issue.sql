-- Something of a ticket that a coordinator should look at: a hold, a breach, a failed test. Counts it and keeps it as the
-- newest one. Not idempotent: its callers see to it that each fact counts once.
CREATE OR REPLACE FUNCTION raise_issue(p_ticket_id uuid, p_issue text, p_at timestamptz)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    UPDATE ticket_workflow_instances
    SET issues_raised = issues_raised + 1, latest_issue = p_issue, latest_issue_at = p_at
    WHERE ticket_id = p_ticket_id
$$;

COMMENT ON FUNCTION raise_issue(uuid, text, timestamptz) IS
    'Counts an issue (hold, breach, failed test) of a ticket and keeps it as the newest one.';
