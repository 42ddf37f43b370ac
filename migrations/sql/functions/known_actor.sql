-- Whoever acts under a code, in whatever case it is written: as an engineer of the registry, as a manufacturer's service
-- desk, as whoever reported the ticket, or another one of its customer. No row where nobody knows the code: whoever acts
-- for the first time, or at the service's own desk, stands in no list, so that can't be refused. p_workflow_id: of the
-- ticket that it is about; NULL where there is none yet.
CREATE OR REPLACE FUNCTION known_actor(p_workflow_id text, p_code text)
RETURNS TABLE (code text, role text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT found.code, found.role
    FROM (
        SELECT 1 AS place, e.code, 'engineer' AS role
        FROM engineers AS e
        WHERE e.code = upper(p_code)
        UNION ALL
        SELECT 2, m.service_desk, 'manufacturer'
        FROM manufacturers AS m
        WHERE lower(m.service_desk) = lower(p_code)
        UNION ALL
        SELECT 3, t.reporter_code, t.reporter_role
        FROM service_tickets AS t
        WHERE t.workflow_id = p_workflow_id AND lower(t.reporter_code) = lower(p_code)
        UNION ALL
        (
            SELECT 4, t.reporter_code, t.reporter_role
            FROM service_tickets AS this
            JOIN service_tickets AS t ON t.customer_id = this.customer_id
            WHERE this.workflow_id = p_workflow_id AND lower(t.reporter_code) = lower(p_code)
            ORDER BY t.opened_at DESC
            LIMIT 1
        )
    ) AS found
    ORDER BY found.place
    LIMIT 1
$$;

COMMENT ON FUNCTION known_actor(text, text) IS
    'Who acts under a code: an engineer, a service desk, or who reported for the customer; no row where nobody knows it.';
