-- requires: stock_lot
-- A lot is recalled, or found good again (p_block false). Blocked, nobody uses or reserves it, and what is kept of it for
-- tickets is given back. {standing: blocked | unblocked, tickets: their numbers}.
CREATE OR REPLACE FUNCTION block_lot(p_part_id uuid, p_said jsonb, p_block boolean)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_lot_id uuid := stock_lot(p_part_id, COALESCE(p_said ->> 'lot', ''));
    v_tickets jsonb;
BEGIN
    UPDATE stock_lots AS k
    SET blocked_at = CASE WHEN p_block THEN COALESCE(k.blocked_at, clock_timestamp()) END,
        block_reason = CASE WHEN p_block THEN current_setting('fieldcare.reason') ELSE '' END
    WHERE k.id = v_lot_id;
    IF p_block THEN
        WITH given AS (
            UPDATE stock_reservations AS r
            SET status = 'released', ended_at = GREATEST(clock_timestamp(), r.reserved_at),
                end_reason = 'The lot is blocked: ' || current_setting('fieldcare.reason')
            WHERE r.part_id = p_part_id AND r.lot_id = v_lot_id AND r.status = 'held'
            RETURNING r.ticket_id
        )
        SELECT jsonb_agg(DISTINCT t.number) INTO v_tickets FROM given AS g JOIN service_tickets AS t ON t.id = g.ticket_id;
    END IF;
    RETURN jsonb_build_object(
        'standing', CASE WHEN p_block THEN 'blocked' ELSE 'unblocked' END, 'tickets', COALESCE(v_tickets, '[]')
    );
END
$$;

COMMENT ON FUNCTION block_lot(uuid, jsonb, boolean) IS
    'A lot is blocked and given back by tickets, or found good again. Raises FC015.';
