-- requires: ticket_in_scope, webhook_body
-- What is to be sent for a delivery: {url, body, keys: [hex, …]}, the keys that it is signed with (two while they are
-- rotated). NULL where there is nothing to send: it is done, or the endpoint is not in use, or whoever it is for may not
-- see the ticket any more, and then it is dropped. p_scope as `ticket_in_scope` has it. A door, the only one for keys.
CREATE OR REPLACE FUNCTION begin_webhook(p_delivery_id uuid, p_scope jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_delivery webhook_deliveries;
    v_url text;
BEGIN
    SELECT d.*
    INTO v_delivery
    FROM webhook_deliveries AS d
    JOIN webhook_endpoints AS w ON w.id = d.endpoint_id
    WHERE d.id = p_delivery_id AND d.state = 'pending' AND w.disabled_at IS NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT COALESCE(ticket_in_scope(v_delivery.ticket_id, p_scope), false) THEN
        UPDATE webhook_deliveries AS d
        SET state = 'dropped', ended_at = now()
        WHERE d.id = p_delivery_id AND d.state = 'pending';
        RETURN NULL;
    END IF;
    SELECT w.url INTO v_url FROM webhook_endpoints AS w WHERE w.id = v_delivery.endpoint_id;
    RETURN jsonb_build_object(
        'url', v_url,
        'body', webhook_body(v_delivery.ticket_id, v_delivery.sequence),
        'keys', (
            SELECT jsonb_agg(encode(s.key, 'hex') ORDER BY s.ends_at DESC NULLS FIRST)
            FROM webhook_secrets AS s
            WHERE s.endpoint_id = v_delivery.endpoint_id AND (s.ends_at IS NULL OR s.ends_at > now())
        )
    );
END
$$;

COMMENT ON FUNCTION begin_webhook(uuid, jsonb) IS 'What is to be sent for a delivery, and the keys to sign it with.';
