-- requires: engineer_case
-- What a recommendation of engineers is made from: all candidates with their facts. NULL: no such ticket.
CREATE OR REPLACE FUNCTION engineer_recommendation_case(p_ticket_id uuid)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT engineer_case(p_ticket_id)
$$;

COMMENT ON FUNCTION engineer_recommendation_case(uuid) IS
    'What a recommendation of engineers for a ticket is made from, as JSON; NULL where there is no such ticket.';
