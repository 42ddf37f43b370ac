-- The ticket that a person means: by id, number, workflow id or idempotency key, in this order, just as it stands; where
-- there is none, in whatever case, if that is one ticket alone. The id comes first: a key is whatever somebody chose, and
-- must not stand in the place of another ticket.
CREATE OR REPLACE FUNCTION find_ticket(p_reference text)
RETURNS uuid
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid;
    v_found uuid;
    v_likewise uuid[];
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
    ORDER BY t.id = v_id DESC NULLS LAST, t.number = p_reference DESC, t.workflow_id = p_reference DESC, t.idempotency_key = p_reference DESC
    LIMIT 1;
    IF v_found IS NOT NULL THEN
        RETURN v_found;
    END IF;
    SELECT array_agg(t.id)
    INTO v_likewise
    FROM service_tickets AS t
    WHERE t.number = upper(p_reference COLLATE "C")
        OR lower(t.workflow_id COLLATE "C") = lower(p_reference COLLATE "C");
    RETURN CASE WHEN cardinality(v_likewise) = 1 THEN v_likewise[1] END;
END
$$;

COMMENT ON FUNCTION find_ticket(text) IS
    'The id of a ticket by number, workflow id, key or id, in whatever case; NULL where there is none.';
