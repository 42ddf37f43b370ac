-- Every seal of the audit trail, the first one first.
CREATE OR REPLACE FUNCTION read_audit_seals()
RETURNS TABLE (
    seal_number bigint,
    from_entry bigint,
    to_entry bigint,
    entries bigint,
    previous_hash text,
    hash text,
    sealed_at timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT s.seal_number, s.from_entry, s.to_entry, s.entries, s.previous_hash, s.hash, s.sealed_at
    FROM audit_seals AS s
    ORDER BY s.seal_number
$$;

COMMENT ON FUNCTION read_audit_seals() IS 'The seals of the audit trail in their order.';
