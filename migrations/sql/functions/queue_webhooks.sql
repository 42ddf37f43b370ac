-- requires: ticket_in_scope, webhook_kind
-- Makes the deliveries of an endpoint from the audit trail, from where it stands up to p_to or 10,000 entries on, and notes
-- how far it has come: in one transaction, so that each event is made once, whoever dies in between. p_to is an entry below
-- which nothing is added any more. p_scope: whose tickets it is told of (`ticket_in_scope`). A door.
-- Returns how far it has come, and how many there are to deliver; nothing where it is not in use.
CREATE OR REPLACE FUNCTION queue_webhooks(p_endpoint_id uuid, p_to bigint, p_scope jsonb)
RETURNS TABLE (reached bigint, made bigint)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_endpoint webhook_endpoints;
BEGIN
    SELECT w.* INTO v_endpoint FROM webhook_endpoints AS w WHERE w.id = p_endpoint_id AND w.disabled_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF p_scope IS NULL OR jsonb_typeof(p_scope) <> 'array' THEN
        RAISE EXCEPTION 'whose tickets an endpoint is told of has to be said' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    reached := greatest(v_endpoint.position, least(p_to, v_endpoint.position + 10000));
    INSERT INTO webhook_deliveries (endpoint_id, ticket_id, sequence, kind, due_at)
    SELECT v_endpoint.id, a.subject_id, a.sequence, webhook_kind(a.action, a.new_value), now()
    FROM audit_events AS a
    WHERE a.entry_number > v_endpoint.position
        AND a.entry_number <= reached
        AND a.subject_table = 'service_tickets'
        AND webhook_kind(a.action, a.new_value) = ANY (v_endpoint.events)
        AND ticket_in_scope(a.subject_id, p_scope)
    ORDER BY a.entry_number
    ON CONFLICT (endpoint_id, ticket_id, sequence) DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    IF reached > v_endpoint.position THEN
        UPDATE webhook_endpoints AS w SET position = reached WHERE w.id = v_endpoint.id;
    END IF;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION queue_webhooks(uuid, bigint, jsonb) IS
    'Makes the deliveries of an endpoint from the audit trail; returns how far it has come, and how many they are.';
