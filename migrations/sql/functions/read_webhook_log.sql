-- Deliveries of an endpoint, newest first, with every try; p_state NULL: whatever their state is. p_before: the id of the
-- last one of the page before.
CREATE OR REPLACE FUNCTION read_webhook_log(p_name text, p_state text, p_limit integer, p_before uuid)
RETURNS TABLE (
    delivery_id uuid,
    number text,
    sequence bigint,
    kind text,
    state text,
    created_at timestamptz,
    due_at timestamptz,
    ended_at timestamptz,
    attempts text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
    SELECT
        d.id, t.number, d.sequence, d.kind, d.state, d.created_at,
        CASE WHEN d.state = 'pending' THEN d.due_at END,
        d.ended_at,
        COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'at', a.began_at, 'took', extract(epoch FROM a.took), 'status', a.status, 'error', a.error,
                    'answer', a.answer
                )
                ORDER BY a.began_at, a.id
            )
            FROM webhook_attempts AS a
            WHERE a.delivery_id = d.id
        ), '[]')::text
    FROM webhook_endpoints AS w
    JOIN webhook_deliveries AS d ON d.endpoint_id = w.id
    JOIN service_tickets AS t ON t.id = d.ticket_id
    WHERE w.name = p_name AND (p_state IS NULL OR d.state = p_state) AND (p_before IS NULL OR d.id < p_before)
    ORDER BY d.id DESC
    LIMIT greatest(1, least(p_limit, 1000))
$$;

COMMENT ON FUNCTION read_webhook_log(text, text, integer, uuid) IS
    'Deliveries of an endpoint of webhooks with how each try went, newest first.';
