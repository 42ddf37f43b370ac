-- The endpoints of webhooks, in the order of their names, with what is on its way: pending, since when the oldest of those
-- waits, and how many have failed.
CREATE OR REPLACE FUNCTION list_webhooks()
RETURNS TABLE (
    name text,
    url text,
    account text,
    events text[],
    disabled_at timestamptz,
    disabled_because text,
    created_at timestamptz,
    pending bigint,
    oldest_pending timestamptz,
    delivered bigint,
    failed bigint,
    last_delivered_at timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        w.name, w.url, a.code, w.events, w.disabled_at, w.disabled_because, w.created_at,
        d.pending, d.oldest_pending, d.delivered, d.failed, d.last_delivered_at
    FROM webhook_endpoints AS w
    JOIN accounts AS a ON a.id = w.account_id
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE d.state = 'pending') AS pending,
            min(d.created_at) FILTER (WHERE d.state = 'pending') AS oldest_pending,
            count(*) FILTER (WHERE d.state = 'delivered') AS delivered,
            count(*) FILTER (WHERE d.state = 'failed') AS failed,
            max(d.ended_at) FILTER (WHERE d.state = 'delivered') AS last_delivered_at
        FROM webhook_deliveries AS d
        WHERE d.endpoint_id = w.id
    ) AS d
    ORDER BY w.name
$$;

COMMENT ON FUNCTION list_webhooks() IS 'The endpoints of webhooks, and what is on its way to each.';
