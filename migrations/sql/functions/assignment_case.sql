-- requires: engineer_case, find_engineer
-- What whoever puts an engineer on a ticket looks up beforehand, in one round trip: the engineer, if active (as
-- find_engineer() says), and what is known of them for the ticket, by its workflow id (as engineer_case() says; NULL where
-- the ticket is not on record).
CREATE OR REPLACE FUNCTION assignment_case(p_workflow_id text, p_engineer_code text)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'engineer', (SELECT to_jsonb(e) FROM find_engineer(p_engineer_code) AS e),
        'known', (
            SELECT engineer_case(t.id, p_engineer_code) FROM service_tickets AS t WHERE t.workflow_id = p_workflow_id
        )
    )
$$;

COMMENT ON FUNCTION assignment_case(text, text) IS
    'An active engineer by code, and what is known of them for a ticket, as JSON.';
