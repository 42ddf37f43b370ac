-- Reservations of a part whose time is over give back what they hold. Of who holds the part's lock.
CREATE OR REPLACE FUNCTION lapse_reservations(p_part_id uuid)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    UPDATE stock_reservations AS r
    SET status = 'released', ended_at = clock_timestamp(), end_reason = 'Its time was over.'
    WHERE r.part_id = p_part_id AND r.status = 'held' AND r.held_until <= clock_timestamp()
$$;

COMMENT ON FUNCTION lapse_reservations(uuid) IS 'Reservations of a part whose time is over give back what they hold.';
