-- requires: find_ticket
-- What was approved for a ticket, newest first, by whom, and how it stands: open, used, expired, void (whoever gave it is
-- no coordinator's or manager's account in use any more).
CREATE OR REPLACE FUNCTION list_approvals(p_reference text)
RETURNS TABLE (
    hold_reason text,
    approved_by text,
    name text,
    remark text,
    standing text,
    given_at timestamptz,
    expires_at timestamptz,
    used_at timestamptz,
    used_by text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        p.hold_reason,
        b.code,
        b.name,
        p.remark,
        CASE
            WHEN p.used_at IS NOT NULL THEN 'used'
            WHEN p.expires_at <= now() THEN 'expired'
            WHEN b.disabled_at IS NOT NULL OR NOT EXISTS (
                SELECT FROM account_roles AS r WHERE r.account_id = b.id AND r.role IN ('coordinator', 'manager')
            ) THEN 'void'
            ELSE 'open'
        END,
        p.created_at,
        p.expires_at,
        p.used_at,
        u.code
    FROM approvals AS p
    JOIN accounts AS b ON b.id = p.account_id
    LEFT JOIN accounts AS u ON u.id = p.used_by_account_id
    WHERE p.ticket_id = find_ticket(p_reference)
    ORDER BY p.created_at DESC, p.id DESC
$$;

COMMENT ON FUNCTION list_approvals(text) IS 'The approvals of a ticket, newest first, and how each stands.';
