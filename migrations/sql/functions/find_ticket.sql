-- The ticket that a person means: by number, workflow id, idempotency key or id, in this order.
CREATE OR REPLACE FUNCTION find_ticket(p_reference text)
RETURNS uuid
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid;
    v_found uuid;
BEGIN
    -- Not in the query: the planner would try the cast on what is no uuid, and a cast of the column misses its index.
    IF pg_input_is_valid(p_reference, 'uuid') THEN
        v_id := p_reference::uuid;
    END IF;
    SELECT t.id
    INTO v_found
    FROM service_tickets AS t
    WHERE t.number = p_reference
        OR t.workflow_id = p_reference
        OR t.idempotency_key = p_reference
        OR t.id = v_id
    ORDER BY t.number = p_reference DESC, t.workflow_id = p_reference DESC, t.idempotency_key = p_reference DESC
    LIMIT 1;
    RETURN v_found;
END
$$;

COMMENT ON FUNCTION find_ticket(text) IS
    'The id of a ticket by number, workflow id, key or id; NULL where there is none.';
