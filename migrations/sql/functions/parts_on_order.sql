-- How many of a part are ordered and not received yet, and when the first of them is expected (NULL: nobody said).
-- The one place that knows of orders: what says when a part is there again, and what proposes to reorder, ask here.
CREATE OR REPLACE FUNCTION parts_on_order(p_part_id uuid)
RETURNS TABLE (quantity bigint, expected_at timestamptz)
LANGUAGE sql
STABLE
ROWS 1
SET search_path = public, pg_temp
AS $$
    SELECT COALESCE(sum(r.quantity_ordered - r.quantity_received), 0), min(r.expected_at)
    FROM ticket_parts_required AS r
    WHERE r.part_id = p_part_id AND r.status = 'ordered' AND r.quantity_ordered > r.quantity_received
$$;

COMMENT ON FUNCTION parts_on_order(uuid) IS 'How many of a part are ordered and not received yet, and when they come.';
