-- requires: told_by
-- How a try to deliver went: {at, took (seconds), status, error, answer}. 2xx: it is delivered. 410: the endpoint is not in
-- use any more. Everything else: it is tried again after what the endpoint's row says, with up to a tenth more, so that not
-- everything comes at once; after the last one it has failed. A door. Returns the delivery's state.
CREATE OR REPLACE FUNCTION record_webhook_attempt(p_delivery_id uuid, p_attempt jsonb)
RETURNS text
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_delivery webhook_deliveries;
    v_retries interval[];
    v_at timestamptz := p_attempt ->> 'at';
    v_status integer := p_attempt ->> 'status';
    v_state text := 'pending';
BEGIN
    SELECT d.* INTO v_delivery FROM webhook_deliveries AS d WHERE d.id = p_delivery_id FOR UPDATE;
    IF NOT FOUND OR v_delivery.state <> 'pending' THEN
        RETURN v_delivery.state;
    END IF;
    INSERT INTO webhook_attempts (delivery_id, began_at, took, status, error, answer)
    VALUES (
        p_delivery_id,
        v_at,
        make_interval(secs => greatest(0, (p_attempt ->> 'took')::double precision)),
        v_status,
        left(COALESCE(p_attempt ->> 'error', ''), 500),
        left(COALESCE(p_attempt ->> 'answer', ''), 1024)
    );
    SELECT w.retry_after INTO v_retries FROM webhook_endpoints AS w WHERE w.id = v_delivery.endpoint_id;
    IF v_status BETWEEN 200 AND 299 THEN
        v_state := 'delivered';
    ELSIF v_delivery.attempts >= cardinality(v_retries) THEN
        v_state := 'failed';
    END IF;
    UPDATE webhook_deliveries AS d
    SET state = v_state,
        attempts = d.attempts + CASE WHEN v_state = 'delivered' THEN 0 ELSE 1 END,
        due_at = CASE
            WHEN v_state = 'pending' THEN v_at + v_retries[d.attempts + 1] * (1 + random() / 10)
            ELSE d.due_at
        END,
        ended_at = CASE WHEN v_state <> 'pending' THEN v_at END
    WHERE d.id = p_delivery_id;
    IF v_status = 410 THEN
        PERFORM told_by('fieldcare', 'system');
        UPDATE webhook_endpoints AS w
        SET disabled_at = now(), disabled_because = 'gone'
        WHERE w.id = v_delivery.endpoint_id AND w.disabled_at IS NULL;
    END IF;
    RETURN v_state;
END
$$;

COMMENT ON FUNCTION record_webhook_attempt(uuid, jsonb) IS
    'How a try to deliver an event went, and what follows of it; returns the state of the delivery.';
