-- When a time zone changes its distance from UTC: the first such second after p_from, up to p_until; infinity where the
-- distance is the same at both ends. The two are days apart, not months: a change and its taking back would not be seen.
CREATE OR REPLACE FUNCTION zone_change(p_zone text, p_from timestamptz, p_until timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql
STABLE
STRICT
SET search_path = public, pg_temp
AS $$
DECLARE
    v_low timestamptz := date_trunc('second', p_from);
    v_high timestamptz := date_trunc('second', p_until);
    v_middle timestamptz;
    v_offset interval := (v_low AT TIME ZONE p_zone) - (v_low AT TIME ZONE 'UTC');
BEGIN
    IF (v_high AT TIME ZONE p_zone) - (v_high AT TIME ZONE 'UTC') = v_offset THEN
        RETURN 'infinity';
    END IF;
    WHILE v_high - v_low > interval '1 second' LOOP
        v_middle := date_trunc('second', v_low + (v_high - v_low) / 2);
        IF (v_middle AT TIME ZONE p_zone) - (v_middle AT TIME ZONE 'UTC') = v_offset THEN
            v_low := v_middle;
        ELSE
            v_high := v_middle;
        END IF;
    END LOOP;
    RETURN v_high;
END
$$;

COMMENT ON FUNCTION zone_change(text, timestamptz, timestamptz) IS
    'The second at which a time zone changes its distance from UTC between two instants; infinity where it does not.';
