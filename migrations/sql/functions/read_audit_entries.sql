-- A page of the audit trail in the order of its numbers, as seals go over it.
CREATE OR REPLACE FUNCTION read_audit_entries(p_after bigint, p_to bigint, p_limit integer)
RETURNS TABLE (entry_number bigint, hash text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
    SELECT a.entry_number, a.hash
    FROM audit_events AS a
    WHERE a.entry_number > p_after AND a.entry_number <= p_to
    ORDER BY a.entry_number
    LIMIT p_limit
$$;

COMMENT ON FUNCTION read_audit_entries(bigint, bigint, integer) IS
    'Numbers and hashes of the entries of the audit trail after one number, up to another.';
