-- The newest entries of the audit trail for people: of one ticket (with its parts, attachments and feedback), of one
-- table, since an instant; each filter NULL: all. Newest first.
CREATE OR REPLACE FUNCTION read_audit_log(
    p_ticket_id uuid, p_table text, p_since timestamptz, p_limit integer
)
RETURNS TABLE (
    entry_number bigint,
    recorded_at timestamptz,
    occurred_at timestamptz,
    actor_code text,
    actor_role text,
    subject_table text,
    subject_id uuid,
    subject text,
    sequence bigint,
    action text,
    reason text,
    command_id text,
    old_value jsonb,
    new_value jsonb,
    hash text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
    SELECT
        a.entry_number, a.recorded_at, a.occurred_at, a.actor_code, a.actor_role, a.subject_table, a.subject_id,
        name_audit_subject(a.subject_table, a.subject_id), a.sequence, a.action, a.reason, a.command_id, a.old_value,
        a.new_value, a.hash
    FROM audit_events AS a
    WHERE
        (
            p_ticket_id IS NULL
            OR a.subject_id = p_ticket_id
            OR (a.ticket_id = p_ticket_id AND a.subject_table <> 'service_tickets')
        )
        AND (p_table IS NULL OR a.subject_table = p_table)
        AND (p_since IS NULL OR a.recorded_at >= p_since)
    ORDER BY a.entry_number DESC
    LIMIT p_limit
$$;

COMMENT ON FUNCTION read_audit_log(uuid, text, timestamptz, integer) IS
    'The newest entries of the audit trail: of a ticket, of a table, since an instant; NULL: all.';
