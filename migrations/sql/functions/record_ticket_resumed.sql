-- Fact ticket_resumed: a hold is over; the ticket goes on when no other is left. Returns the hold before.
CREATE OR REPLACE FUNCTION record_ticket_resumed(p_ticket_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_left text := hold_reasons_of(p_fact -> 'left');
    v_old jsonb;
BEGIN
    UPDATE service_tickets AS t
    SET status = CASE WHEN v_left IS NULL THEN 'open' ELSE 'on_hold' END,
        hold_reason = v_left,
        held_since = CASE WHEN v_left IS NULL THEN NULL ELSE t.held_since END,
        resume_at = CASE WHEN v_left IS NULL THEN NULL ELSE (p_fact ->> 'until')::timestamptz END
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

COMMENT ON FUNCTION record_ticket_resumed(uuid, jsonb) IS
    'Applies the fact ticket_resumed; returns the old value for the audit trail.';
