-- Whether an engineer (by code, inactive ones as well) is free at a moment, or over the span [p_from, p_until): nothing of
-- it within an absence, its start in working hours, below capacity. engineers_availability() defines the figures. Times
-- in reason are in the engineer's zone.
CREATE OR REPLACE FUNCTION check_engineer_availability(
    p_engineer_code text,
    p_from timestamptz DEFAULT now(),
    p_until timestamptz DEFAULT NULL
)
RETURNS TABLE (
    available boolean,
    reason text,
    open_assignments integer,
    assigned_this_month integer,
    monthly_capacity integer,
    workload_percent numeric
)
LANGUAGE plpgsql
STABLE
ROWS 1
SET search_path = public, pg_temp
AS $$
BEGIN
    IF p_until <= p_from THEN
        RAISE EXCEPTION 'the span from % ends before it begins, at %', p_from, p_until
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give an end after the start, or none for a moment.';
    END IF;
    RETURN QUERY
    SELECT a.available, a.reason, a.open_assignments, a.assigned_this_month, a.monthly_capacity, a.workload_percent
    FROM engineers_availability(ARRAY(SELECT e.id FROM engineers AS e WHERE e.code = p_engineer_code), p_from, p_until)
        AS a;
END
$$;

COMMENT ON FUNCTION check_engineer_availability(text, timestamptz, timestamptz) IS
    'Whether an engineer is free at a moment or over a span, else why not, and the load; no row: no such engineer.';
