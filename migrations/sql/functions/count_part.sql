-- requires: move_part, stock_lot, stock_place, stock_quantity_said
-- Somebody has counted p_said's `counted` at its location, of a lot: what is more or less is a correction, with its reason.
-- version is the one of the balance that they saw (0: there was none); if parts moved meanwhile nothing is changed (FC013).
-- {standing: counted, difference}.
CREATE OR REPLACE FUNCTION count_part(p_event uuid, p_part_id uuid, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_counted integer := stock_quantity_said(p_said, 'counted', 0);
    v_at uuid := stock_place(p_said ->> 'location');
    v_lot_id uuid := stock_lot(p_part_id, p_said ->> 'lot');
    v_there stock_balances;
    v_difference integer;
BEGIN
    SELECT b.*
    INTO v_there
    FROM stock_balances AS b
    WHERE b.part_id = p_part_id AND b.location_id = v_at AND b.lot_id IS NOT DISTINCT FROM v_lot_id;
    IF (p_said ->> 'version') IS DISTINCT FROM COALESCE(v_there.version, 0)::text THEN
        RAISE EXCEPTION 'parts have moved there since it was counted'
            USING ERRCODE = 'FC013', HINT = 'Count again.';
    ELSIF v_counted < v_there.reserved THEN
        RAISE EXCEPTION '% of them are kept for tickets', v_there.reserved
            USING ERRCODE = 'FC014', HINT = 'Release those that are not there, and count again.';
    END IF;
    v_difference := v_counted - COALESCE(v_there.quantity, 0);
    IF v_difference <> 0 THEN
        PERFORM move_part(
            'correction', p_part_id, CASE WHEN v_difference < 0 THEN v_at END, CASE WHEN v_difference > 0 THEN v_at END,
            v_lot_id, abs(v_difference), p_event
        );
    END IF;
    RETURN jsonb_build_object('standing', 'counted', 'difference', v_difference);
END
$$;

COMMENT ON FUNCTION count_part(uuid, uuid, jsonb) IS
    'What was counted at a place is what it holds from then on. Raises FC013, FC014, FC015.';
