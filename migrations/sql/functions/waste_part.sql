-- requires: move_part, stock_lot, stock_place, stock_quantity_said
-- Parts at a place can't be used any more: p_said has location, quantity, lot. {standing: wasted}.
CREATE OR REPLACE FUNCTION waste_part(p_event uuid, p_part_id uuid, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_quantity integer := stock_quantity_said(p_said, 'quantity', 1);
    v_at uuid := stock_place(p_said ->> 'location');
    v_lot_id uuid := stock_lot(p_part_id, p_said ->> 'lot');
    v_free integer;
BEGIN
    SELECT b.quantity - b.reserved
    INTO v_free
    FROM stock_balances AS b
    WHERE b.part_id = p_part_id AND b.location_id = v_at AND b.lot_id IS NOT DISTINCT FROM v_lot_id;
    IF COALESCE(v_free, 0) < v_quantity THEN
        RAISE EXCEPTION 'only % of them are free there', COALESCE(v_free, 0)
            USING ERRCODE = 'FC014', HINT = 'Name fewer, or the lot that lies there, or release what is kept.';
    END IF;
    PERFORM move_part('waste', p_part_id, v_at, NULL, v_lot_id, v_quantity, p_event);
    RETURN '{"standing": "wasted"}';
END
$$;

COMMENT ON FUNCTION waste_part(uuid, uuid, jsonb) IS 'Parts at a place can''t be used any more. Raises FC014, FC015.';
