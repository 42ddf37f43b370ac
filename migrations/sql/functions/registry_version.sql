-- requires: registry_subjects
-- Which state of a row that is: the newest entry of the audit trail about it, and a digest of what it says, which also
-- differs where something else has changed what belongs to it.
CREATE OR REPLACE FUNCTION registry_version(p_kind text, p_id uuid, p_document jsonb)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT COALESCE(max(a.entry_number), 0) || '-' || left(encode(sha256(convert_to(p_document::text, 'UTF8')), 'hex'), 12)
    FROM unnest(registry_subjects(p_kind, p_id)) AS s (id)
    CROSS JOIN LATERAL (
        SELECT e.entry_number FROM audit_events AS e WHERE e.subject_id = s.id ORDER BY e.sequence DESC LIMIT 1
    ) AS a
$$;

COMMENT ON FUNCTION registry_version(text, uuid, jsonb) IS
    'Which state of a row of the registry that is: its newest entry in the audit trail, and a digest of what it says.';
