-- An interval as the number of seconds that messages carry. Needs no search_path: it asks for nothing of ours, and the
-- planner can take it into the query.
CREATE OR REPLACE FUNCTION seconds(p_interval interval)
RETURNS double precision
LANGUAGE sql
IMMUTABLE
STRICT
PARALLEL SAFE
AS $$
    SELECT extract(epoch FROM p_interval)::double precision
$$;

COMMENT ON FUNCTION seconds(interval) IS 'An interval in seconds, as messages carry it.';
