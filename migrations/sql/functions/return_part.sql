-- requires: move_part, note_ticket_part, stock_lot, stock_place, stock_quantity_said
-- Parts that a ticket took and did not need come back to p_said's place `to`: quantity, lot. {standing: returned}.
CREATE OR REPLACE FUNCTION return_part(p_event uuid, p_ticket_id uuid, p_part_id uuid, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_quantity integer := stock_quantity_said(p_said, 'quantity', 1);
    v_to uuid := stock_place(p_said ->> 'to');
    v_lot_id uuid := stock_lot(p_part_id, p_said ->> 'lot');
    v_used bigint;
BEGIN
    SELECT COALESCE(sum(CASE m.kind WHEN 'issue' THEN m.quantity ELSE -m.quantity END), 0)
    INTO v_used
    FROM stock_movements AS m
    WHERE m.ticket_id = p_ticket_id
        AND m.part_id = p_part_id
        AND m.lot_id IS NOT DISTINCT FROM v_lot_id
        AND m.kind IN ('issue', 'return');
    IF v_used < v_quantity THEN
        RAISE EXCEPTION 'the ticket has used % of them', v_used
            USING ERRCODE = 'FC014', HINT = 'Return no more than that, of the lot that was used.';
    END IF;
    PERFORM move_part('return', p_part_id, NULL, v_to, v_lot_id, v_quantity, p_event, p_ticket_id);
    PERFORM note_ticket_part(p_ticket_id, p_part_id, v_quantity, 'returned', current_setting('fieldcare.actor_role'));
    RETURN '{"standing": "returned"}';
END
$$;

COMMENT ON FUNCTION return_part(uuid, uuid, uuid, jsonb) IS
    'Parts that a ticket took and did not need come back into stock. Raises FC014, FC015.';
