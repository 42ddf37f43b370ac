-- A whole number that somebody said, from p_least on; anything else is refused in words.
CREATE OR REPLACE FUNCTION stock_quantity_said(p_said jsonb, p_name text, p_least integer)
RETURNS integer
LANGUAGE plpgsql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(p_said -> p_name) IS DISTINCT FROM 'number'
        OR (p_said ->> p_name)::numeric NOT BETWEEN p_least AND 1000000
        OR (p_said ->> p_name)::numeric % 1 <> 0
    THEN
        RAISE EXCEPTION 'the % is no whole number from % to 1000000', replace(p_name, '_', ' '), p_least
            USING ERRCODE = 'FC014', HINT = 'Say how many.';
    END IF;
    RETURN (p_said ->> p_name)::numeric;
END
$$;

COMMENT ON FUNCTION stock_quantity_said(jsonb, text, integer) IS 'A whole number that somebody said. Raises FC014.';
