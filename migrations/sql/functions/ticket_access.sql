-- requires: find_ticket, whose_ticket
-- Whose a ticket is (`whose_ticket`), by whatever a person calls it. NULL where the reference names no ticket.
CREATE OR REPLACE FUNCTION ticket_access(p_reference text)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT whose_ticket(find_ticket(p_reference))
$$;

COMMENT ON FUNCTION ticket_access(text) IS
    'Whose a ticket is: codes of customer, site, manufacturer and engineers, as JSON; NULL where there is none.';
