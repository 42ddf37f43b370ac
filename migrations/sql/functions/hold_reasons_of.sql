-- The reasons of a message as one text; NULL where there are none.
CREATE OR REPLACE FUNCTION hold_reasons_of(p_reasons jsonb)
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = public, pg_temp
AS $$
    SELECT string_agg(one.reason, ', ' ORDER BY one.place)
    FROM jsonb_array_elements_text(CASE jsonb_typeof(p_reasons) WHEN 'array' THEN p_reasons ELSE '[]' END)
        WITH ORDINALITY AS one (reason, place)
$$;

COMMENT ON FUNCTION hold_reasons_of(jsonb) IS 'The reasons of a message as one text; NULL where there are none.';
