-- A length of time in a message as an interval: seconds (a number) or ISO 8601 (a text, as pydantic writes it).
-- Pydantic's "P1Y" is 365 days, which is not PostgreSQL's year; so the result is made of seconds alone.
-- Needs no search_path: it asks for nothing of ours.
CREATE OR REPLACE FUNCTION interval_from_json(p_value jsonb)
RETURNS interval
LANGUAGE sql
STABLE
STRICT
PARALLEL SAFE
AS $$
    SELECT CASE jsonb_typeof(p_value)
        WHEN 'number' THEN make_interval(secs => p_value::double precision)
        WHEN 'string' THEN (
            SELECT make_interval(secs => (
                ((extract(year FROM i) * 365 + extract(month FROM i) * 30 + extract(day FROM i)) * 86400)
                + extract(epoch FROM i - date_trunc('day', i))
            )::double precision)
            FROM (SELECT (p_value #>> '{}')::interval AS i) AS parsed
        )
    END
$$;

COMMENT ON FUNCTION interval_from_json(jsonb) IS 'A duration of a message (seconds or ISO 8601) as an interval.';
