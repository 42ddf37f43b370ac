-- requires: diagnosis_case
-- A page of closed tickets with a verified cause, in the order in which they were verified: those of [p_since, p_until),
-- after the ticket that p_after_at and p_after_id name. For ai train. whole_case, with p_whole: what a diagnosis was made
-- from when the ticket was opened, so that nothing of later days and nothing of the ticket itself is among it.
CREATE OR REPLACE FUNCTION verified_tickets(
    p_since timestamptz, p_until timestamptz, p_after_at timestamptz, p_after_id uuid, p_limit integer, p_whole boolean
)
RETURNS TABLE (
    verified_at timestamptz,
    ticket_id uuid,
    equipment_type text,
    description text,
    verified_cause text,
    verified_code text,
    whole_case jsonb
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        page.verified_at,
        page.id,
        type.code,
        page.description,
        page.verified_cause,
        page.verified_code,
        CASE WHEN p_whole THEN diagnosis_case(page.id, page.opened_at) END
    FROM (
        SELECT t.*
        FROM service_tickets AS t
        WHERE t.status = 'closed'
            AND t.verified_at >= p_since
            AND t.verified_at < p_until
            AND (t.verified_at, t.id) > (
                COALESCE(p_after_at, '-infinity'),
                COALESCE(p_after_id, '00000000-0000-0000-0000-000000000000')
            )
        ORDER BY t.verified_at, t.id
        LIMIT p_limit
    ) AS page
    JOIN equipment_registry AS e ON e.id = page.equipment_id
    JOIN equipment_catalog AS type ON type.id = e.equipment_type_id
    ORDER BY page.verified_at, page.id
$$;

COMMENT ON FUNCTION verified_tickets(timestamptz, timestamptz, timestamptz, uuid, integer, boolean) IS
    'A page of closed tickets with a verified cause, in the order in which they were verified, to learn from.';
