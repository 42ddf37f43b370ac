-- The instant of a local time, as RFC 5545 reads it: a time that the clocks pass twice (fall back) is the first of the two,
-- one that they skip (spring forward) is read with the offset from before the gap, so 02:30 is then the instant that shows
-- 03:30. PostgreSQL alone would take the second of the two.
CREATE OR REPLACE FUNCTION instant_of(p_local timestamp, p_time_zone text)
RETURNS timestamptz
LANGUAGE sql
STABLE
STRICT
PARALLEL SAFE
SET search_path = public, pg_temp
AS $$
    SELECT CASE WHEN earlier AT TIME ZONE p_time_zone = p_local THEN earlier ELSE plain END
    FROM (SELECT p_local AT TIME ZONE p_time_zone) AS given (plain)
    -- The same local time with the offset of the day before: where the clocks were put back since, the first of the two.
    CROSS JOIN LATERAL (
        SELECT (p_local - ((plain - interval '1 day') AT TIME ZONE p_time_zone
            - (plain - interval '1 day') AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC'
    ) AS before (earlier)
$$;

COMMENT ON FUNCTION instant_of(timestamp, text) IS
    'The instant of a local time: the first of two that are the same, past a gap what lies in it.';
