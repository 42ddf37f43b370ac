-- requires: find_ticket
-- The signing links of a ticket, newest first, and how they stand: open, used, expired, revoked.
CREATE OR REPLACE FUNCTION list_signing_links(p_reference text)
RETURNS TABLE (
    code text,
    stage_key text,
    printed_name text,
    capacity text,
    standing text,
    issued_by_code text,
    issued_at timestamptz,
    expires_at timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        l.code,
        l.stage_key,
        l.printed_name,
        l.capacity,
        CASE
            WHEN l.revoked_at IS NOT NULL THEN 'revoked'
            WHEN l.used_at IS NOT NULL THEN 'used'
            WHEN l.expires_at <= now() THEN 'expired'
            ELSE 'open'
        END,
        l.issued_by_code,
        l.created_at,
        l.expires_at
    FROM signing_links AS l
    WHERE l.ticket_id = find_ticket(p_reference)
    ORDER BY l.created_at DESC, l.id DESC
$$;

COMMENT ON FUNCTION list_signing_links(text) IS 'The signing links of a ticket, newest first, without their secrets.';
