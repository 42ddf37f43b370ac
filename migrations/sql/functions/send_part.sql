-- requires: move_part, stock_lot, stock_place, stock_quantity_said
-- Parts leave p_said's place `from` for its place `to`, where somebody takes them in: quantity, lot. Until then they lie
-- nowhere. A blocked lot goes into quarantine alone. {standing: sent, transfer}.
CREATE OR REPLACE FUNCTION send_part(p_event uuid, p_part_id uuid, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_quantity integer := stock_quantity_said(p_said, 'quantity', 1);
    v_from uuid := stock_place(p_said ->> 'from');
    v_to uuid := stock_place(p_said ->> 'to');
    v_lot_id uuid := stock_lot(p_part_id, p_said ->> 'lot');
    v_free integer;
BEGIN
    IF v_from = v_to THEN
        RAISE EXCEPTION 'they lie there already' USING ERRCODE = 'FC014', HINT = 'Name two places.';
    ELSIF EXISTS (SELECT FROM stock_lots AS k WHERE k.id = v_lot_id AND k.blocked_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM stock_locations AS l WHERE l.id = v_to AND l.kind = 'quarantine')
    THEN
        RAISE EXCEPTION 'the lot is blocked' USING ERRCODE = 'FC014', HINT = 'Send it into quarantine.';
    END IF;
    SELECT b.quantity - b.reserved
    INTO v_free
    FROM stock_balances AS b
    WHERE b.part_id = p_part_id AND b.location_id = v_from AND b.lot_id IS NOT DISTINCT FROM v_lot_id;
    IF COALESCE(v_free, 0) < v_quantity THEN
        RAISE EXCEPTION 'only % of them are free there', COALESCE(v_free, 0)
            USING ERRCODE = 'FC014', HINT = 'Send fewer, of the lot that lies there, or release what is kept.';
    END IF;
    RETURN jsonb_build_object(
        'standing', 'sent',
        'transfer', move_part('transfer_out', p_part_id, v_from, v_to, v_lot_id, v_quantity, p_event)
    );
END
$$;

COMMENT ON FUNCTION send_part(uuid, uuid, jsonb) IS
    'Parts leave a place for another one, where somebody takes them in. Raises FC014, FC015.';
