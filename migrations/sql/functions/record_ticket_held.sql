-- Fact ticket_held: the ticket waits, for a reason and until a date; that is an issue. Returns the status before.
CREATE OR REPLACE FUNCTION record_ticket_held(p_ticket_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_old jsonb;
BEGIN
    UPDATE service_tickets AS t
    SET status = 'on_hold',
        hold_reason = p_fact ->> 'hold_reason',
        held_since = (p_fact ->> 'at')::timestamptz,
        resume_at = (p_fact ->> 'resume_at')::timestamptz
    WHERE t.id = p_ticket_id
    RETURNING jsonb_build_object('status', old.status) INTO v_old;
    PERFORM raise_issue(p_ticket_id, 'On hold: ' || (p_fact ->> 'hold_reason'), (p_fact ->> 'at')::timestamptz);
    RETURN v_old;
END
$$;

COMMENT ON FUNCTION record_ticket_held(uuid, jsonb) IS
    'Applies the fact ticket_held; returns the old value for the audit trail.';
