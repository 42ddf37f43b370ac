-- In which capacity somebody is known who acts under a code: as an engineer of the registry, as a manufacturer's service
-- desk, or as whoever reported the ticket. NULL where nobody knows the code. p_workflow_id: of the ticket that it is
-- about; NULL where there is none yet.
CREATE OR REPLACE FUNCTION known_role(p_workflow_id text, p_code text)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE
        WHEN EXISTS (SELECT FROM engineers AS e WHERE e.code = p_code) THEN 'engineer'
        WHEN EXISTS (SELECT FROM manufacturers AS m WHERE m.service_desk = p_code) THEN 'manufacturer'
        ELSE (
            SELECT t.reporter_role
            FROM service_tickets AS t
            WHERE t.workflow_id = p_workflow_id AND t.reporter_code = p_code
        )
    END
$$;

COMMENT ON FUNCTION known_role(text, text) IS
    'The capacity in which a code is known: engineer, service desk, or reporter of the ticket; NULL where it is not.';
