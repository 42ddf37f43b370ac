-- Tells whoever listens (LISTEN fieldcare_record) that tickets have moved: each as its id and a sequence number, and
-- nothing of what happened. It is a hint, told after what it is about was committed: a NOTIFY in the transaction that
-- writes the record would make every commit wait for the one before, to the disk. A door, at most 1000 at a time.
CREATE OR REPLACE FUNCTION tell_moves(p_moves text[])
RETURNS void
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    IF cardinality(p_moves) > 1000
        OR EXISTS (SELECT FROM unnest(p_moves) AS m WHERE m IS NULL OR m !~ '^[0-9a-f-]{36} [0-9]{1,18}$')
    THEN
        RAISE EXCEPTION 'what is told are ids of tickets and sequence numbers, at most 1000'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_notify('fieldcare_record', m) FROM unnest(p_moves) AS m;
END
$$;

COMMENT ON FUNCTION tell_moves(text[]) IS 'Tells whoever listens that tickets have moved; a hint without content.';
