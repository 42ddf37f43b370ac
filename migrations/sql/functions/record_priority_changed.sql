-- Fact priority_changed. What it means for the clocks are facts of their own. Returns the priority before.
CREATE OR REPLACE FUNCTION record_priority_changed(p_ticket_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    UPDATE service_tickets AS t
    SET priority = p_fact ->> 'priority'
    WHERE t.id = p_ticket_id
    RETURNING jsonb_build_object('priority', old.priority)
$$;

COMMENT ON FUNCTION record_priority_changed(uuid, jsonb) IS
    'Applies the fact priority_changed; returns the old value for the audit trail.';
