-- A ticket gives back what is kept for it: of one part, or of all where p_part_id is NULL. {standing: released, quantity}.
CREATE OR REPLACE FUNCTION release_part(p_ticket_id uuid, p_part_id uuid)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_quantity bigint;
BEGIN
    PERFORM FROM equipment_parts AS p
    WHERE p.id IN (
        SELECT r.part_id
        FROM stock_reservations AS r
        WHERE r.ticket_id = p_ticket_id AND r.status = 'held' AND (p_part_id IS NULL OR r.part_id = p_part_id)
    )
    ORDER BY p.id
    FOR NO KEY UPDATE;
    WITH given AS (
        UPDATE stock_reservations AS r
        SET status = 'released', ended_at = GREATEST(clock_timestamp(), r.reserved_at),
            end_reason = COALESCE(NULLIF(current_setting('fieldcare.reason', true), ''), 'Given back.')
        WHERE r.ticket_id = p_ticket_id AND r.status = 'held' AND (p_part_id IS NULL OR r.part_id = p_part_id)
        RETURNING r.quantity
    )
    SELECT COALESCE(sum(g.quantity), 0) INTO v_quantity FROM given AS g;
    RETURN jsonb_build_object('standing', 'released', 'quantity', v_quantity);
END
$$;

COMMENT ON FUNCTION release_part(uuid, uuid) IS 'A ticket gives back what is kept for it; says how many that were.';
