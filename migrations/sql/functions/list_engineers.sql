-- Engineers by their codes, a page at a time; p_after is the code that the page before ended with.
CREATE OR REPLACE FUNCTION list_engineers(p_limit integer DEFAULT 50, p_after text DEFAULT NULL)
RETURNS TABLE (code text, name text, support_level text, time_zone text, active boolean)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT e.code, e.name, e.support_level, e.time_zone, e.active
    FROM engineers AS e
    WHERE p_after IS NULL OR e.code > p_after
    ORDER BY e.code
    LIMIT greatest(1, least(p_limit, 1000))
$$;

COMMENT ON FUNCTION list_engineers(integer, text) IS
    'A page of engineers by code; p_after is the code that the page before ended with.';
