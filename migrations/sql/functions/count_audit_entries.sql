-- How many entries the audit trail has.
CREATE OR REPLACE FUNCTION count_audit_entries()
RETURNS bigint
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT count(*) FROM audit_events
$$;

COMMENT ON FUNCTION count_audit_entries() IS 'How many entries the audit trail has.';
