-- The tickets that run and nobody is on.
CREATE OR REPLACE FUNCTION unassigned_tickets()
RETURNS uuid[]
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT ARRAY(SELECT f.ticket_id FROM free_tickets AS f)
$$;

COMMENT ON FUNCTION unassigned_tickets() IS 'Ids of the tickets that run and nobody is on.';
