-- Deliveries of an endpoint whose turn it is: of each ticket the first one that is not done, oldest due first. Those of
-- now have due_at up to p_now; the first that is later says when to come again.
CREATE OR REPLACE FUNCTION due_webhooks(p_endpoint_id uuid, p_now timestamptz, p_limit integer)
RETURNS TABLE (delivery_id uuid, due_at timestamptz, is_due boolean)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT f.id, f.due_at, f.due_at <= greatest(p_now, now())
    FROM (
        SELECT DISTINCT ON (d.ticket_id) d.id, d.due_at
        FROM webhook_deliveries AS d
        WHERE d.endpoint_id = p_endpoint_id AND d.state = 'pending'
        ORDER BY d.ticket_id, d.sequence
    ) AS f
    ORDER BY f.due_at, f.id
    LIMIT p_limit
$$;

COMMENT ON FUNCTION due_webhooks(uuid, timestamptz, integer) IS
    'Of each ticket the first event that an endpoint is still to be told, and whether it is time.';
