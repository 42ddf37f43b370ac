-- Fact ticket_held: the ticket waits, for a reason and until a date; that is an issue, unless it waited for that
-- already. `reasons` and `until` are those of all its holds. Returns the hold before.
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
        hold_reason = COALESCE(hold_reasons_of(p_fact -> 'reasons'), p_fact ->> 'hold_reason'),
        held_since = COALESCE(t.held_since, (p_fact ->> 'at')::timestamptz),
        resume_at = COALESCE(p_fact ->> 'until', p_fact ->> 'resume_at')::timestamptz
    WHERE t.id = p_ticket_id
    RETURNING jsonb_build_object(
        'status', old.status,
        'hold_reason', old.hold_reason,
        'held_since', old.held_since,
        'resume_at', old.resume_at
    )
    INTO v_old;
    IF NOT COALESCE((p_fact ->> 'merged')::boolean, false) THEN
        PERFORM raise_issue(p_ticket_id, 'On hold: ' || (p_fact ->> 'hold_reason'), (p_fact ->> 'at')::timestamptz);
    END IF;
    RETURN v_old;
END
$$;

COMMENT ON FUNCTION record_ticket_held(uuid, jsonb) IS
    'Applies the fact ticket_held; returns the old value for the audit trail.';
