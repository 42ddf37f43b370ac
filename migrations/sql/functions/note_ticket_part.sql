-- The line of a part on a ticket, as stock moves for it:
--   reserved  it is asked for from the house's own stock
--   used      p_quantity more are used; what came from stock was ordered and received in the same moment
--   returned  p_quantity of those that were used came back unused
-- A line that is not there is made, as somebody's in the capacity p_role; the rules of the table say whether the part may be
-- used there at all. Returns its id.
CREATE OR REPLACE FUNCTION note_ticket_part(
    p_ticket_id uuid, p_part_id uuid, p_quantity integer, p_what text, p_role text
)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_id uuid;
BEGIN
    SELECT r.id
    INTO v_id
    FROM ticket_parts_required AS r
    WHERE r.ticket_id = p_ticket_id AND r.part_id = p_part_id
    ORDER BY r.status = 'cancelled', r.status = 'used', r.identified_at DESC
    LIMIT 1
    FOR UPDATE;
    IF v_id IS NULL THEN
        INSERT INTO ticket_parts_required (
            ticket_id, part_id, installed_context, priority, source, quantity_identified, estimated_unit_price, currency,
            estimated_lead_time, identified_at
        )
        SELECT
            t.id, p.id, u.installed_context, COALESCE(c.priority, 'optional'),
            CASE p_role WHEN 'engineer' THEN 'engineer' ELSE 'coordinator' END,
            p_quantity, p.unit_price, p.currency, p.lead_time, v_now
        FROM service_tickets AS t
        JOIN equipment_registry AS u ON u.id = t.equipment_id
        JOIN equipment_parts AS p ON p.id = p_part_id
        LEFT JOIN equipment_parts_context AS c ON c.part_id = p.id AND c.installed_context = u.installed_context
        WHERE t.id = p_ticket_id
        RETURNING id INTO v_id;
    END IF;
    UPDATE ticket_parts_required AS r
    SET status = CASE
            WHEN p_what = 'used' THEN 'used'
            WHEN p_what = 'returned' AND r.quantity_used <= p_quantity THEN 'received'
            WHEN r.status IN ('identified', 'cancelled') AND r.used_at IS NULL THEN 'requested'
            ELSE r.status
        END,
        cancelled_at = NULL,
        requested_at = COALESCE(r.requested_at, GREATEST(v_now, r.identified_at)),
        ordered_at = CASE p_what
            WHEN 'used' THEN COALESCE(r.ordered_at, GREATEST(v_now, r.requested_at, r.identified_at)) ELSE r.ordered_at
        END,
        received_at = CASE p_what
            WHEN 'used' THEN COALESCE(r.received_at, GREATEST(v_now, r.ordered_at, r.requested_at, r.identified_at))
            ELSE r.received_at
        END,
        used_at = CASE p_what
            WHEN 'used' THEN GREATEST(v_now, r.received_at, r.ordered_at, r.requested_at, r.identified_at)
            ELSE r.used_at
        END,
        quantity_ordered = CASE p_what
            WHEN 'used' THEN GREATEST(
                r.quantity_ordered, r.quantity_used + r.quantity_returned + r.quantity_wasted + p_quantity
            )
            ELSE r.quantity_ordered
        END,
        quantity_received = CASE p_what
            WHEN 'used' THEN GREATEST(
                r.quantity_received, r.quantity_used + r.quantity_returned + r.quantity_wasted + p_quantity
            )
            ELSE r.quantity_received
        END,
        quantity_used = r.quantity_used
            + CASE p_what WHEN 'used' THEN p_quantity WHEN 'returned' THEN -p_quantity ELSE 0 END,
        quantity_returned = r.quantity_returned + CASE p_what WHEN 'returned' THEN p_quantity ELSE 0 END,
        actual_unit_price = CASE p_what
            WHEN 'used' THEN COALESCE(
                r.actual_unit_price,
                (SELECT p.unit_price FROM equipment_parts AS p WHERE p.id = r.part_id AND p.currency = r.currency)
            )
            ELSE r.actual_unit_price
        END
    WHERE r.id = v_id;
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION note_ticket_part(uuid, uuid, integer, text, text) IS
    'The line of a part on a ticket goes on as stock moves for it: reserved, used, returned; returns its id.';
