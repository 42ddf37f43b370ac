-- requires: whose_ticket
-- Whether a ticket is one of those that somebody may see: p_scope is a list of {customer, site, manufacturer, engineer,
-- free}, each with what it has to be; one of them fits. {} fits every ticket, [] none.
CREATE OR REPLACE FUNCTION ticket_in_scope(p_ticket_id uuid, p_scope jsonb)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
        FROM jsonb_array_elements(p_scope) AS g
        CROSS JOIN (SELECT whose_ticket(p_ticket_id) AS whose) AS w
        WHERE g - ARRAY['engineer', 'free'] <@ w.whose
            AND (NOT g ? 'engineer' OR w.whose -> 'engineers' ? (g ->> 'engineer'))
            AND (NOT g ? 'free' OR (w.whose -> 'is_free')::boolean)
    )
$$;

COMMENT ON FUNCTION ticket_in_scope(uuid, jsonb) IS
    'Whether a ticket is one of those that somebody may see, by customer, site, manufacturer, engineer, or being free.';
