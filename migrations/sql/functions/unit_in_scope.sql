-- requires: ticket_in_scope
-- Whether units, or any of their tickets, are of those that somebody may see (`ticket_in_scope`): of a grant for an
-- engineer or for what nobody is on, any unit is.
CREATE OR REPLACE FUNCTION unit_in_scope(p_units uuid[], p_scope jsonb)
RETURNS boolean
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT
        FROM equipment_registry AS e
        JOIN manufacturers AS m ON m.id = e.manufacturer_id
        JOIN customers AS c ON c.id = e.customer_id
        JOIN customer_sites AS s ON s.id = e.site_id
        CROSS JOIN jsonb_array_elements(p_scope) AS g
        WHERE e.id = ANY (p_units)
            AND g - ARRAY['engineer', 'free']
                <@ jsonb_build_object('customer', c.code, 'site', s.code, 'manufacturer', m.code)
    ) THEN
        RETURN true;
    END IF;
    -- One that has moved: its past is theirs.
    RETURN EXISTS (
        SELECT FROM service_tickets AS t WHERE t.equipment_id = ANY (p_units) AND ticket_in_scope(t.id, p_scope)
    );
END
$$;

COMMENT ON FUNCTION unit_in_scope(uuid[], jsonb) IS
    'Whether units, or any of their tickets, are of those that somebody may see.';
