-- A page of the audit trail chain by chain, as `fieldcare audit verify` walks it: the entries after one of a subject, in
-- the order of subject and sequence, with the text whose hash an entry must have.
CREATE OR REPLACE FUNCTION read_audit_chains(p_after_subject uuid, p_after_sequence bigint, p_limit integer)
RETURNS TABLE (
    subject_table text,
    subject_id uuid,
    sequence bigint,
    entry_number bigint,
    previous_hash text,
    hash text,
    payload text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
    SELECT a.subject_table, a.subject_id, a.sequence, a.entry_number, a.previous_hash, a.hash, audit_payload(a)
    FROM audit_events AS a
    WHERE (a.subject_id, a.sequence) > (p_after_subject, p_after_sequence)
    ORDER BY a.subject_id, a.sequence
    LIMIT p_limit
$$;

COMMENT ON FUNCTION read_audit_chains(uuid, bigint, integer) IS
    'Entries of the audit trail after one of a subject, in the order of subject and sequence, with what is hashed.';
