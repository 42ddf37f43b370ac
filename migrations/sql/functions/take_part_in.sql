-- requires: move_part, stock_quantity_said
-- What was sent has arrived: all of it that is still on its way, or p_said's quantity. {standing: taken_in, outstanding}.
CREATE OR REPLACE FUNCTION take_part_in(p_event uuid, p_transfer_id uuid, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_sent stock_movements;
    v_outstanding bigint;
    v_quantity integer;
BEGIN
    SELECT m.* INTO v_sent FROM stock_movements AS m WHERE m.id = p_transfer_id;
    SELECT v_sent.quantity - COALESCE(sum(m.quantity), 0)
    INTO v_outstanding
    FROM stock_movements AS m
    WHERE m.transfer_id = p_transfer_id;
    v_quantity := CASE
        WHEN p_said ->> 'quantity' IS NULL THEN v_outstanding
        ELSE stock_quantity_said(p_said, 'quantity', 1)
    END;
    IF v_quantity > v_outstanding OR v_outstanding = 0 THEN
        RAISE EXCEPTION 'of that transfer % are still on their way', v_outstanding
            USING ERRCODE = 'FC014', HINT = 'Take no more in than that.';
    END IF;
    PERFORM move_part(
        'transfer_in', v_sent.part_id, v_sent.from_location_id, v_sent.to_location_id, v_sent.lot_id, v_quantity,
        p_event, NULL, p_transfer_id
    );
    RETURN jsonb_build_object('standing', 'taken_in', 'outstanding', v_outstanding - v_quantity);
END
$$;

COMMENT ON FUNCTION take_part_in(uuid, uuid, jsonb) IS 'What was sent to a place has arrived there. Raises FC014.';
