-- requires: account_principal
-- The endpoints that are in use, or that one: whose they are (`models.access.Principal`; NULL where the account is
-- disabled, and then they are told nothing), up to which entry of the audit trail their deliveries are made, and whether
-- something has been due for a minute that nobody delivers.
CREATE OR REPLACE FUNCTION webhooks_to_tell(p_endpoint_id uuid)
RETURNS TABLE (endpoint_id uuid, principal text, "position" bigint, waits boolean)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        w.id,
        CASE WHEN a.disabled_at IS NULL THEN account_principal(a.id)::text END,
        w.position,
        EXISTS (
            SELECT
            FROM webhook_deliveries AS d
            WHERE d.endpoint_id = w.id AND d.state = 'pending' AND d.due_at < now() - interval '1 minute'
        )
    FROM webhook_endpoints AS w
    JOIN accounts AS a ON a.id = w.account_id
    WHERE w.disabled_at IS NULL AND (p_endpoint_id IS NULL OR w.id = p_endpoint_id)
$$;

COMMENT ON FUNCTION webhooks_to_tell(uuid) IS 'Endpoints in use, whose they are, and how far they have come.';
