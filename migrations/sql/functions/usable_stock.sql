-- What of a part is free for a ticket, what expires first at the beginning: in stores, in the vans of whoever is on the
-- ticket, and in what is kept at its own customer. Nothing of a blocked or expired lot, nothing in quarantine, nothing
-- that another ticket holds. With p_location_id or p_lot_id there alone, or of that lot alone.
CREATE OR REPLACE FUNCTION usable_stock(
    p_part_id uuid, p_ticket_id uuid, p_location_id uuid DEFAULT NULL, p_lot_id uuid DEFAULT NULL
)
RETURNS TABLE (location_id uuid, lot_id uuid, free integer)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT b.location_id, b.lot_id, b.quantity - b.reserved
    FROM stock_balances AS b
    JOIN stock_locations AS l ON l.id = b.location_id
    JOIN service_tickets AS t ON t.id = p_ticket_id
    LEFT JOIN stock_lots AS k ON k.id = b.lot_id
    LEFT JOIN customer_sites AS s ON s.id = l.site_id
    WHERE b.part_id = p_part_id
        AND b.quantity > b.reserved
        AND l.active
        AND (p_location_id IS NULL OR b.location_id = p_location_id)
        AND (p_lot_id IS NULL OR b.lot_id = p_lot_id)
        AND k.blocked_at IS NULL
        AND COALESCE(k.expires_on >= (now() AT TIME ZONE 'UTC')::date, true)
        AND CASE l.kind
            WHEN 'store' THEN true
            WHEN 'consignment' THEN s.customer_id = t.customer_id
            WHEN 'van' THEN p_location_id IS NOT NULL OR EXISTS (
                SELECT
                FROM ticket_workflow_instances AS i
                JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
                JOIN stage_assignments AS a ON a.transition_id = v.id
                WHERE i.ticket_id = t.id AND a.ended_at IS NULL AND a.engineer_id = l.engineer_id
            )
            ELSE false
        END
    ORDER BY k.expires_on NULLS LAST, l.kind = 'store', l.code, k.code
$$;

COMMENT ON FUNCTION usable_stock(uuid, uuid, uuid, uuid) IS
    'Where a part is free for a ticket, what expires first at the beginning.';
