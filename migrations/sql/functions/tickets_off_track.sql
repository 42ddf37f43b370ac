-- The tickets that may be in an SLA state or have a verdict that few have: none that has it is missing, others may be
-- among them (`ticket_sla` tells). NULL where they are too many to be told by a list, or where most tickets are.
CREATE OR REPLACE FUNCTION tickets_off_track(p_sla text)
RETURNS uuid[]
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    c_many CONSTANT integer := 10000;
    v_tickets uuid[];
BEGIN
    IF p_sla = 'breached' THEN
        v_tickets := ARRAY(
            SELECT c.ticket_id FROM sla_clocks AS c
            WHERE c.state = 'breached' OR 100 = ANY (c.thresholds_fired)
            LIMIT c_many
        );
    ELSIF p_sla IN ('paused', 'at_risk', 'warning') THEN
        v_tickets := ARRAY(
            SELECT c.ticket_id FROM sla_clocks AS c
            WHERE c.ended_at IS NULL AND (c.state = 'paused' OR c.thresholds_fired <> '{}')
            LIMIT c_many
        );
    END IF;
    RETURN CASE WHEN cardinality(v_tickets) < c_many THEN v_tickets END;
END
$$;

COMMENT ON FUNCTION tickets_off_track(text) IS
    'Ids of all tickets that may be in a rare SLA state, and some that are not; NULL: they have to be looked for.';
