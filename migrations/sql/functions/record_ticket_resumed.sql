-- Fact ticket_resumed: the hold is over. Returns the hold.
CREATE OR REPLACE FUNCTION record_ticket_resumed(p_ticket_id uuid)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_old jsonb;
BEGIN
    UPDATE service_tickets AS t
    SET status = 'open', hold_reason = NULL, held_since = NULL, resume_at = NULL
    WHERE t.id = p_ticket_id
    RETURNING jsonb_build_object(
        'status', old.status,
        'hold_reason', old.hold_reason,
        'held_since', old.held_since,
        'resume_at', old.resume_at
    )
    INTO v_old;
    RETURN v_old;
END
$$;

COMMENT ON FUNCTION record_ticket_resumed(uuid) IS
    'Applies the fact ticket_resumed; returns the old value for the audit trail.';
