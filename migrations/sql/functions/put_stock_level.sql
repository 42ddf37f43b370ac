-- requires: stock_place, stock_quantity_said
-- How many of a part p_said's location should have at least (minimum), and when to reorder (reorder_point).
-- {standing: levelled}.
CREATE OR REPLACE FUNCTION put_stock_level(p_part_id uuid, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_minimum integer := stock_quantity_said(p_said, 'minimum', 0);
    v_point integer := stock_quantity_said(p_said, 'reorder_point', 0);
BEGIN
    IF v_point < v_minimum THEN
        RAISE EXCEPTION 'the reorder point is below the minimum'
            USING ERRCODE = 'FC014', HINT = 'Reorder before too few are left.';
    END IF;
    INSERT INTO stock_levels (part_id, location_id, minimum, reorder_point)
    VALUES (p_part_id, stock_place(p_said ->> 'location'), v_minimum, v_point)
    ON CONFLICT ON CONSTRAINT stock_levels_part_id_location_id_key
        DO UPDATE SET minimum = excluded.minimum, reorder_point = excluded.reorder_point;
    RETURN '{"standing": "levelled"}';
END
$$;

COMMENT ON FUNCTION put_stock_level(uuid, jsonb) IS
    'How many of a part a place should have, and when to reorder. Raises FC014, FC015.';
