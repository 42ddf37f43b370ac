-- The lot or serial number of a part; NULL where none is named. One that nobody has received is said to be unknown.
CREATE OR REPLACE FUNCTION stock_lot(p_part_id uuid, p_code text)
RETURNS uuid
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid;
BEGIN
    IF p_code IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT l.id INTO v_id FROM stock_lots AS l WHERE l.part_id = p_part_id AND l.code = p_code;
    IF v_id IS NULL THEN
        RAISE EXCEPTION 'the part has no lot or serial number %', left(p_code, 100)
            USING ERRCODE = 'FC015', HINT = 'Read it again, or receive it first.';
    END IF;
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION stock_lot(uuid, text) IS 'The id of a lot or serial number of a part. Raises FC015.';
