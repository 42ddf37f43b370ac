-- A length of time in a message as an interval: seconds (a number) or ISO 8601 (a text, as pydantic writes it).
-- Pydantic's "P1Y" is 365 days, which is not PostgreSQL's year; so the result is made of seconds alone.
-- Needs no search_path: it asks for nothing of ours. Not STRICT and without a subquery, so that PostgreSQL puts it in the
-- place of its call: called as a function it costs four times as much. NULL gives NULL all the same.
CREATE OR REPLACE FUNCTION interval_from_json(p_value jsonb)
RETURNS interval
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
    SELECT CASE jsonb_typeof(p_value)
        WHEN 'number' THEN make_interval(secs => p_value::double precision)
        WHEN 'string' THEN make_interval(secs => (
            (
                (
                    extract(year FROM (p_value #>> '{}')::interval) * 365
                    + extract(month FROM (p_value #>> '{}')::interval) * 30
                    + extract(day FROM (p_value #>> '{}')::interval)
                ) * 86400
            )
            + extract(epoch FROM (p_value #>> '{}')::interval - date_trunc('day', (p_value #>> '{}')::interval))
        )::double precision)
    END
$$;

COMMENT ON FUNCTION interval_from_json(jsonb) IS 'A duration of a message (seconds or ISO 8601) as an interval.';
