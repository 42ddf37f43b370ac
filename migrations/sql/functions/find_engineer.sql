-- An active engineer by code, in whatever case, as commands name them.
CREATE OR REPLACE FUNCTION find_engineer(p_code text)
RETURNS TABLE (engineer_id uuid, code text, name text, support_level text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT e.id, e.code, e.name, e.support_level
    FROM engineers AS e
    WHERE e.code = upper(p_code) AND e.active
$$;

COMMENT ON FUNCTION find_engineer(text) IS 'An active engineer by code; no row where there is none.';
