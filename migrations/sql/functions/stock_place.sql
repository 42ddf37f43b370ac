-- The place of a code, in whatever case; one that is not there, or not in use any more, is said so.
CREATE OR REPLACE FUNCTION stock_place(p_code text)
RETURNS uuid
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_place stock_locations;
BEGIN
    SELECT l.* INTO v_place FROM stock_locations AS l WHERE l.code = upper(p_code COLLATE "C");
    IF v_place.id IS NULL THEN
        RAISE EXCEPTION 'there is no place % for parts', COALESCE(left(p_code, 100), 'without a code')
            USING ERRCODE = 'FC015', HINT = 'Look at the list of places.';
    ELSIF NOT v_place.active THEN
        RAISE EXCEPTION 'the place % is not in use any more', v_place.code
            USING ERRCODE = 'FC014', HINT = 'Name another one.';
    END IF;
    RETURN v_place.id;
END
$$;

COMMENT ON FUNCTION stock_place(text) IS 'The id of the place for parts with a code. Raises FC014, FC015.';
