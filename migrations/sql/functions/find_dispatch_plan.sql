-- Which plan of visits was made last of those that have to do with the time from p_from to p_until; NULL: none has.
CREATE OR REPLACE FUNCTION find_dispatch_plan(p_from timestamptz, p_until timestamptz)
RETURNS uuid
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT p.id
    FROM dispatch_plans AS p
    WHERE p.from_at < p_until AND p_from < p.until_at
    ORDER BY p.made_at DESC
    LIMIT 1
$$;

COMMENT ON FUNCTION find_dispatch_plan(timestamptz, timestamptz) IS
    'The plan of visits that was made last of those that have to do with a time.';
